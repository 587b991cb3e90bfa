#include "quant/float/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <class Format>
void multiply_avx2(const Product& product) {
  MatrixProduct<Avx2, Format>::run(product);
}

template void multiply_avx2<F32>(const Product&);
template void multiply_avx2<F16>(const Product&);
template void multiply_avx2<BF16>(const Product&);

}  // namespace qualm::quant
