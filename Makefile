# The README's two commands are `make demo` and `make test`; each works from a fresh clone on a bare Debian 12.
# PRESET=scoring builds and tests without local models: no generation, no libtorch.
PRESET ?= full
BUILD  := build/$(PRESET)
JOBS   ?= $(shell nproc)
QUALM  := $(BUILD)/bin/qualm
MODEL  ?= qwen2.5-coder-0.5b-instruct-q4_k_m

.PHONY: demo test reference reference-model reference-generation build dependencies sanitize fuzz tidy bench-compare clean test-attacks test-soak
.DEFAULT_GOAL := build

# libtorch, for models on a GPU: 800 MB from PyPI. By itself only where CUDA's driver is installed.
LIBTORCH ?= $(if $(and $(filter full,$(PRESET)),$(findstring libcuda.so.1,$(shell PATH=$$PATH:/sbin ldconfig -p))),yes)

dependencies:
	tools/install_dependencies.sh $(if $(LIBTORCH),--full)

build: dependencies
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS)

# A real quantized model answers the first problems of HumanEval in Python and in Java; its answers are executed and
# scored. A subset, so that two cores are done in a few minutes.
demo: build
	tools/fetch_model.sh $(MODEL)
	rm -rf build/demo
	$(QUALM) eval --model "$$(tools/fetch_model.sh $(MODEL))" --dataset humaneval --language py,java --temperature 0 --limit 20 -o build/demo

test: build
	ctest --preset $(PRESET) --no-tests=error

# All hostile programs and completions, both runners, all levels, as root and as an ordinary user; make test runs the
# quick half of the completions.
test-attacks: build
	ctest --preset scoring --no-tests=error -R attack
	for how in fast plain "fast --sandbox=no-proc" "fast --sandbox=seccomp"; do for who in "" ordinary; do \
	  python3 tests/attacks/completions_test.py $(QUALM) $(CURDIR) $$how $$who || [ $$? = 77 ] || exit 1; done; done

# 10,000 completions through one Python zygote and 10,000 compiles by one warm javac: no growth of descriptors, processes
# or memory.
test-soak: build
	QUALM_GROWTH_COMPLETIONS=10000 python3 tests/harness/runners_test.py $(QUALM) $(CURDIR) Zygotes.test_a_zygote_does_not_grow
	QUALM_SOAK_COMPILES=10000 $(BUILD)/bin/languages_test "a warm compiler does not grow with the programs it has seen"

# All 919 completions of tests/golden/reference, by both runners, against MultiPL-E's verdicts, and right answers to all
# problems; make test runs a part of them.
reference: build
	python3 tests/harness/reference_test.py $(QUALM) $(CURDIR) Whole
	python3 tests/harness/solutions_test.py $(QUALM) $(CURDIR) Whole

# Real quantized models, fetched where they are not in the cache: greedy tokens against transformers, the same bytes over
# threads, batches, memory, shards and kills. Some ten minutes of two cores.
reference-model: build
	tools/fetch_model.sh smollm2-135m-instruct-q4_1
	tools/fetch_model.sh qwen2.5-coder-0.5b-instruct-q4_k_m
	for group in GreedyPositions SameBytes SameBytesOfCoder; do \
	  python3 tests/harness/real_model_test.py $(QUALM) $(CURDIR) $$group || exit 1; done

# All of HumanEval in Python and Java by a real model beside llama.cpp's completions of the same file: equal beginnings,
# pass@1, McNemar's test. Some fifteen minutes of two cores.
reference-generation: build
	python3 tests/harness/reference_generation.py $(QUALM) $(CURDIR) \
	  "$$(tools/fetch_model.sh qwen2.5-coder-0.5b-instruct-q4_k_m)" $(BUILD)/reference-generation

# AddressSanitizer and UndefinedBehaviorSanitizer over the same tests, those of local models included.
sanitize: dependencies
	cmake --preset sanitize
	cmake --build --preset sanitize -j $(JOBS)
	ctest --preset sanitize --no-tests=error

# libFuzzer on the readers of untrusted files, a minute each (Debian's clang).
fuzz: dependencies
	tools/install_dependencies.sh --lint
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS) --target fuzz_targets
	tools/fuzz.sh build/fuzz 60

# clang-tidy and clang-format (Debian's, version 14) over every source file; a finding is an error.
tidy: build
	tools/install_dependencies.sh --lint
	git ls-files '*.cpp' '*.h' '*.cu' '*.c' | xargs clang-format --dry-run -Werror
	tools/clang_tidy.sh $(BUILD) $(JOBS)

# The time of a large comparison: 161 problems x 20 completions x 10 candidates.
bench-compare: build
	python3 tests/bench/compare_bench.py $(QUALM) 2

# What executing completions while they are generated costs: eval beside generate, three rounds of some five minutes.
bench-eval: build
	python3 tests/bench/eval_benchmark.py $(QUALM) "$$(tools/fetch_model.sh $(MODEL))" --threads $(shell nproc)

clean:
	rm -rf build

# The same predictions through Qualm and its peers; MULTIPLE is a checkout of MultiPL-E, FOLDERS are folders of
# predictions, PYTHON the interpreter that all use.
FOLDERS ?= $(wildcard tests/golden/reference/humaneval-*)
PYTHON  ?= $(shell python3 -c "import sys; print(sys.executable)")
.PHONY: bench-execute bench-eval
bench-execute: build
	python3 tests/bench/execute_benchmark.py $(QUALM) $(BUILD)/bin/jail_floor $(FOLDERS) --python $(PYTHON) $(if $(MULTIPLE),--multiple $(MULTIPLE))
