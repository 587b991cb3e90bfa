#include "quant/float/avx512.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <class Format>
void multiply_avx512(const Product& product) {
  MatrixProduct<Avx512, Format>::run(product);
}

template void multiply_avx512<F32>(const Product&);
template void multiply_avx512<F16>(const Product&);
template void multiply_avx512<BF16>(const Product&);

}  // namespace qualm::quant
