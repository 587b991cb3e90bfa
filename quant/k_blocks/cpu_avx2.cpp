#include "quant/k_blocks/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <class Format>
void multiply_avx2(const Product& product) {
  MatrixProduct<Avx2, Format>::run(product);
}

template void multiply_avx2<Q4_K>(const Product&);
template void multiply_avx2<Q5_K>(const Product&);
template void multiply_avx2<Q6_K>(const Product&);

}  // namespace qualm::quant
