# provider-metal-stack. `make` alone says what there is to make.
# Needed: Go, GNU make, git, gcc (for go test -race) and kubectl.

VERSION ?= v0.0.0-dev
REGISTRY ?=
OUTPUT := _output

# Built once per user and version: cold, golangci-lint takes about four minutes
# on two cores, the local control plane's programs about seven.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/provider-metal-stack
GOLANGCI_LINT_VERSION := $(shell awk '$$1 ~ /golangci-lint\/v2$$/ { print $$2 }' tools/golangci-lint/go.mod)
GOLANGCI_LINT := $(CACHE)/golangci-lint/$(GOLANGCI_LINT_VERSION)-$(shell go env GOVERSION)/golangci-lint
ACTIONLINT_VERSION := $(shell awk '$$1 ~ /rhysd\/actionlint$$/ { print $$2 }' tools/actionlint/go.mod)
ACTIONLINT := $(CACHE)/actionlint/$(ACTIONLINT_VERSION)-$(shell go env GOVERSION)/actionlint

# Packages with tests that need an API server.
ENVTESTS = $(addprefix ./,$(sort $(dir $(shell grep -rl --include='*_test.go' '^//go:build envtest' apis cluster cmd internal package))))

# What `make generate` writes lies in these folders.
GENERATED := apis package docs/reference

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

##@ Build

.PHONY: generate
generate: ## Write deep copies, method sets, CRDs, XRDs and their reference from the Go types
	@go generate ./...

.PHONY: build
build: ## Compile the provider and the simulator into _output/bin
	@mkdir -p $(OUTPUT)/bin
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)" -o $(OUTPUT)/bin/ ./cmd/...

.PHONY: xpkg
xpkg: ## Build all packages [VERSION=v1.2.3] into _output/xpkg, print size and digest of each
	@go run ./cluster/images/cmd/xpkg -version $(VERSION)

.PHONY: push
push: ## Build all packages and push them: REGISTRY=xpkg.example.org/org VERSION=v1.2.3
	@test -n "$(REGISTRY)" || { echo "REGISTRY is needed, such as xpkg.example.org/org"; exit 2; }
	@go run ./cluster/images/cmd/xpkg -version $(VERSION) -registry $(REGISTRY) -output ""

.PHONY: tidy
tidy: ## Bring go.mod and go.sum in line with the imports
	@go mod tidy

.PHONY: clean
clean: ## Remove what was built here (the user's cache of tools stays)
	@rm -rf $(OUTPUT)

##@ Test

.PHONY: test
test: test-unit contract envtest test-e2e ## Run all tests, the fast ones first

.PHONY: test-unit
test-unit: ## Unit tests with the race detector
	@echo "== unit tests"
	@go test -race ./...

.PHONY: contract
contract: ## Contract suite on the simulator, or on METAL_API_URL with METAL_API_HMAC
	@echo "== contract suite"
	@go test -C internal/contract -count=1 -timeout 30m -run '^TestContract$$'

FUZZTIME ?= 10s

.PHONY: fuzz
fuzz: ## Fuzz answers, ownership, rules and prefixes, for FUZZTIME=10s each
	@echo "== fuzz"
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' internal | while IFS=: read -r file name; do \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$${name#func }$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

.PHONY: envtest
envtest: ## Tests of CRDs, XRDs and controllers on an API server
	@echo "== envtest"
	@KUBEBUILDER_ASSETS="$$(go run ./cluster/local/cmd/toolchain assets)" && export KUBEBUILDER_ASSETS && \
		go test -tags envtest -count=1 -timeout 20m $(ENVTESTS)

.PHONY: test-e2e
test-e2e: ## End-to-end stories on a local Crossplane with installed packages
	@echo "== end-to-end tests"
	@go test -tags e2e -p 1 -parallel 3 -count=1 -timeout 45m -v ./cluster/e2e/... ./cluster/chaos/...

KILLS ?= 200
SEED ?= 0
BATCH ?= -1

.PHONY: chaos
chaos: ## Kill the provider over and over, compare what is left: KILLS=200 SEED=1 [BATCH=n], see docs/chaos.md
	@go run ./cluster/chaos/cmd/chaos --kills=$(KILLS) --seed=$(SEED) --batch=$(BATCH)

ARGS ?=

.PHONY: bench
bench: ## Measure time, memory, requests and writes with up to 10,000 resources [ARGS=...], see docs/performance.md
	@go run ./cluster/bench/cmd/bench $(ARGS)

.PHONY: lint
lint: lint-code lint-workflows lint-generated lint-modules ## Linters, generated files up to date, go.mod tidy

.PHONY: lint-code
lint-code: $(GOLANGCI_LINT)
	@echo "== golangci-lint"
	@$(GOLANGCI_LINT) run

.PHONY: lint-workflows
lint-workflows: $(ACTIONLINT)
	@echo "== workflows"
	@$(ACTIONLINT) -shellcheck= -pyflakes= .github/workflows/*.yml

.PHONY: lint-generated
lint-generated:
	@echo "== generated files"
	@mkdir -p $(OUTPUT)
	@find $(GENERATED) -type f -exec cksum {} + | sort > $(OUTPUT)/generated.before
	@$(MAKE) --no-print-directory generate
	@find $(GENERATED) -type f -exec cksum {} + | sort > $(OUTPUT)/generated.after
	@diff $(OUTPUT)/generated.before $(OUTPUT)/generated.after || \
		{ echo "generated files were out of date: commit what make generate wrote"; exit 1; }

.PHONY: lint-modules
lint-modules:
	@echo "== go.mod"
	@go mod tidy -diff

##@ Run

.PHONY: demo
demo: ## Start a control plane and a simulated metal-stack here, and bring up an XCluster
	@go run ./cluster/local/cmd/demo up

.PHONY: dev
dev: ## Build the provider and restart only it, in the demo that runs
	@go run ./cluster/local/cmd/demo dev

.PHONY: demo-down
demo-down: ## End what make demo started
	@go run ./cluster/local/cmd/demo down

.PHONY: tools
tools: $(GOLANGCI_LINT) $(ACTIONLINT) ## Build ahead what tests, demo and lint need in the user's cache
	@go run ./cluster/local/cmd/toolchain

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(GOLANGCI_LINT):
	@echo "building golangci-lint $(GOLANGCI_LINT_VERSION), some minutes, once per user"
	@go build -C tools/golangci-lint -trimpath -buildvcs=false -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(ACTIONLINT):
	@echo "building actionlint $(ACTIONLINT_VERSION), once per user"
	@go build -C tools/actionlint -trimpath -buildvcs=false -o $@ github.com/rhysd/actionlint/cmd/actionlint
