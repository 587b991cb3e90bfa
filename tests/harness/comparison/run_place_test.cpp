#include "harness/comparison/run_place.h"

#include <catch2/catch.hpp>

using namespace qualm::harness::comparison;

TEST_CASE("MultiPL-E's folder names are read") {
  const RunPlace place = place_of("/x/humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded");
  CHECK(place.dataset == "humaneval");
  CHECK(place.language == "py");
  CHECK(place.model == "qwen2.5-coder-0.5b-instruct-q4_k_m");
  CHECK(place.temperature == "0.0");
  CHECK(place.base_model == "qwen2.5-coder-0.5b");
  CHECK(place.parameters == "0.5B");
}

TEST_CASE("the study's layout is read, with and without a MultiPL-E folder inside") {
  const RunPlace half = place_of("/r/results_cleaned/CodeLlama-7b-hf/java_benchmark_temperature_0.2_baseline_fp16");
  CHECK(half.model == "CodeLlama-7b-hf");
  CHECK(half.language == "java");
  CHECK(half.label == "baseline_fp16");
  CHECK(half.base_model == "codellama-7b");
  CHECK(half.precision == "16bit");
  CHECK(half.bits == 16);
  const RunPlace inside = place_of(
      "/r/deepseek-coder-6.7b-base-AQLM-2bit-mixed-finetuned-1x15/py_benchmark_temperature_0.2_aqlm/"
      "mceval_py.jsonl-py-deepseek-coder-6.7b-base-AQLM-2bit-mixed-finetuned-1x15-0.2-reworded");
  CHECK(inside.dataset == "mceval");
  CHECK(inside.label == "aqlm");
  CHECK(inside.base_model == "deepseek-coder-6.7b");
  CHECK(inside.parameters == "6.7B");
  CHECK(inside.precision == "2bit-mixed-finetuned");
  CHECK(inside.bits == 2);
}

TEST_CASE("the study's analysis names and others' names of precisions are read") {
  const auto precision = [](const char* model) {
    RunPlace place;
    place.model = model;
    read_model_name(place);
    return std::pair(place.precision, place.bits.value_or(0));
  };
  CHECK(precision("converted-codellama-7b-8bit-rnd") == std::pair(std::string("8bit-rnd"), 8));
  CHECK(precision("deepseekcoder-7b-16bit") == std::pair(std::string("16bit"), 16));
  CHECK(precision("CodeLlama-13b-hf-AQLM-2bit-code-1x15") == std::pair(std::string("2bit-code"), 2));
  CHECK(precision("llama-2-7b-w4a16") == std::pair(std::string("w4a16"), 4));
  CHECK(precision("starcoderbase-1b-fp16").second == 16);
  CHECK(precision("gpt4").second == 0);
}
