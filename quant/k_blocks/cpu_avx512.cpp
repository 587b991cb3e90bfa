#include "quant/k_blocks/avx512.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <class Format>
void multiply_avx512(const Product& product) {
  MatrixProduct<Avx512, Format>::run(product);
}

template void multiply_avx512<Q4_K>(const Product&);
template void multiply_avx512<Q5_K>(const Product&);
template void multiply_avx512<Q6_K>(const Product&);

}  // namespace qualm::quant
