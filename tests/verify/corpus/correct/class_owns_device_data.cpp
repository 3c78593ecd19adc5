// SPDX-License-Identifier: Apache-2.0
// correct: a class that maps itself and its buffer in the constructor, updates in methods
#include <cstdio>
#include <memory>

class Field {
  public:
    explicit Field(int n) : n_(n), data_(new double[n]) {
        for (int i = 0; i < n_; i++)
            data_[i] = i;
#pragma omp target enter data map(to : this[0 : 1], data_[0 : n_])
    }
    ~Field() {
#pragma omp target exit data map(delete : data_[0 : n_], this[0 : 1])
        delete[] data_;
    }
    Field(const Field &) = delete;
    Field &operator=(const Field &) = delete;

    void scale(double by) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < n_; i++)
            data_[i] *= by;
        calls_++;
    }
    double at(int i) {
#pragma omp target update from(data_[i : 1])
        return data_[i];
    }
    int calls() const { return calls_; }
    int size() const { return n_; }

  private:
    int n_, calls_ = 0;
    double *data_;
};

int main() {
    auto field = std::make_unique<Field>(55);
    field->scale(2.0);
    field->scale(1.5);
    std::printf("%.2f %.2f %d %d\n", field->at(1), field->at(54), field->calls(), field->size());
    Field local(20);
    local.scale(-1.0);
    std::printf("%.2f %d\n", local.at(local.size() - 1), local.calls());
    return 0;
}
