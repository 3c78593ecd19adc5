// SPDX-License-Identifier: Apache-2.0
// fault: the object is mapped through this, but not the buffer that it owns
// tier: T2
// kind: unmapped
#include <cstdio>

class Filter {
  public:
    explicit Filter(int taps) : taps_(taps), weight_(new float[taps]) {
        for (int t = 0; t < taps; t++)
            weight_[t] = 1.0f / static_cast<float>(1 + t);
    }
    ~Filter() { delete[] weight_; }
    Filter(const Filter &) = delete;
    Filter &operator=(const Filter &) = delete;

    void apply(const float *in, float *out, int n) const {
#pragma omp target teams distribute parallel for map(to : this[0 : 1], in[0 : n + taps_])          \
    map(from : out[0 : n])
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int t = 0; t < taps_; t++)
                sum += weight_[t] * in[i + t]; // HERE
            out[i] = sum;
        }
    }

  private:
    int taps_;
    float *weight_;
};

int main() {
    float in[72], out[64];
    for (int i = 0; i < 72; i++)
        in[i] = static_cast<float>(i % 9);
    Filter filter(8);
    filter.apply(in, out, 64);
    std::printf("%.4f %.4f %.4f\n", out[0], out[31], out[63]);
    return 0;
}
