#include "quant/legacy_blocks/avx2.h"
#include "quant/simd/matrix_product.h"

namespace qualm::quant {

template <class Format>
void multiply_avx2(const Product& product) {
  MatrixProduct<Avx2, Format>::run(product);
}

template void multiply_avx2<Q4_0>(const Product&);
template void multiply_avx2<Q4_1>(const Product&);
template void multiply_avx2<Q5_0>(const Product&);
template void multiply_avx2<Q5_1>(const Product&);
template void multiply_avx2<Q8_0>(const Product&);

}  // namespace qualm::quant
