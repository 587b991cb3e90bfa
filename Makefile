# The README's two commands are `make demo` and `make test`; each works from a fresh clone on a bare Debian 12.
BUILD := build/scoring
JOBS  ?= $(shell nproc)
QUALM := $(BUILD)/bin/qualm

.PHONY: demo test reference build dependencies sanitize fuzz tidy bench-compare clean
.DEFAULT_GOAL := build

dependencies:
	tools/install_dependencies.sh

build: dependencies
	cmake --preset scoring
	cmake --build --preset scoring -j $(JOBS)

# Re-scores a shipped folder of real predictions: executes them anew and prints the table.
demo: build
	rm -rf build/demo
	$(QUALM) execute tests/golden/reference/humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded --output-dir build/demo/humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded
	$(QUALM) score --format table build/demo

test: build
	ctest --preset scoring --no-tests=error

# All 919 completions of tests/golden/reference against MultiPL-E's verdicts; make test runs a part of them.
reference: build
	python3 tests/harness/reference_test.py $(QUALM) $(CURDIR) Whole

# AddressSanitizer and UndefinedBehaviorSanitizer over the same tests.
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

# clang-tidy (Debian's, version 14) over every source file; a finding is an error.
tidy: build
	tools/install_dependencies.sh --lint
	tools/clang_tidy.sh $(BUILD) $(JOBS)

# The time of a large comparison: 161 problems x 20 completions x 10 candidates.
bench-compare: build
	python3 tests/bench/compare_bench.py $(QUALM) 2

clean:
	rm -rf build

# The same Python predictions through Qualm and its peers; MULTIPLE is a checkout of MultiPL-E, FOLDER a folder of
# predictions.
FOLDER := tests/golden/reference/humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.8-reworded
.PHONY: bench-execute
bench-execute: build
	python3 tests/bench/execute_benchmark.py $(QUALM) $(FOLDER) $(if $(MULTIPLE),--multiple $(MULTIPLE))
