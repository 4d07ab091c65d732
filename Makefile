# Everything a person or CI does with this repository. Needs Node.js >= 20 with npm, Go and make; the rest it installs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# node_modules/.bin holds the pinned Node.js 24, so it comes first; `npm ci`, which replaces it, runs on the system's.
BIN := $(CURDIR)/node_modules/.bin
SYSTEM_PATH := $(subst $(BIN):,,$(PATH))
export PATH := $(BIN):$(SYSTEM_PATH)

INSTALLED := node_modules/.package-lock.json
BUILT := dist/.built
IMAGE ?= perf-metrics:dev
STAGE := .cache/dist-$(shell echo $$PPID)
SOURCES := $(shell find src) tsconfig.json tsconfig.build.json scripts/build-page.ts

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

$(INSTALLED): package-lock.json
	@echo 'install: npm packages'
	@PATH='$(SYSTEM_PATH)' npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Install the npm packages (only when package-lock.json changed)
	@:

# Built aside and renamed into place: a failed build leaves the last good dist/ as it was, and two builds at once do not
# mix (`mv` would put the second inside the first).
$(BUILT): $(INSTALLED) $(SOURCES)
	@echo 'build: dist/'
	@trap 'rm -rf $(STAGE)' EXIT; \
	tsc -p tsconfig.build.json --outDir $(STAGE) && \
	node scripts/build-page.ts $(STAGE)/page && \
	touch $(STAGE)/.built && rm -rf dist && \
	{ node -e "fs.renameSync('$(STAGE)', 'dist')" 2>/dev/null || test -e $@; }

.PHONY: build
build: $(BUILT) ## Build dist/ (library, worker, command line, demo, live page)
	@:

.PHONY: page
page: $(INSTALLED) ## Rebuild only the live pages into dist/
	@node scripts/build-page.ts

.PHONY: dashboards
dashboards: $(INSTALLED) ## Write the Grafana dashboards of the chart from grafana/*.ts
	@node grafana/build.ts

.PHONY: typecheck
typecheck: $(INSTALLED) ## Check the types of src, tests, benchmarks and scripts
	@echo 'typecheck: tsc'
	@tsc -p tsconfig.json
	@tsc -p src/page

.PHONY: lint
lint: $(INSTALLED) ## Check lint rules and formatting
	@echo 'lint: biome'
	@biome check --error-on-warnings .

.PHONY: format
format: $(INSTALLED) ## Rewrite files in the project's format, with safe fixes
	@biome check --write .

.PHONY: tools
tools: $(INSTALLED) ## Install the programs the tests start: Prometheus, Alertmanager, Helm, Chromium, Node.js 22 and 26
	@node scripts/tools.ts prometheus promtool alertmanager amtool helm kustomize chromium node22 node26 >/dev/null

.PHONY: test
test: build typecheck lint tools ## Build, check and run every test
	@vitest run --project unit --project system $(VITEST_ARGS)

.PHONY: test-unit
test-unit: $(INSTALLED) ## Run the tests that start no other program (fast)
	@vitest run --project unit $(VITEST_ARGS)

.PHONY: bench
bench: build ## Measure overhead, accuracy and throughput beside their peers (QUICK=1: shorter)
	@exec node --expose-gc bench/main.ts

.PHONY: loadtest
loadtest: build ## Prove the overhead with k6, roll out, alert, stress (QUICK=1: five minutes; K6_TARGET=URL: k6 alone)
	@node scripts/tools.ts k6 $(if $(K6_TARGET),,prometheus alertmanager) >/dev/null
	@exec node loadtest/main.ts

.PHONY: demo
demo: build ## Run the paper-trading demo on http://127.0.0.1:9464/ (DEMO_SECONDS, DEMO_FAULTS, PERF_*)
	@exec node dist/demo/main.js

.PHONY: demo-fleet
demo-fleet: build ## Run six demo processes, the aggregation worker and a quick rollout on http://127.0.0.1:9465/
	@exec node scripts/demo-fleet.ts

.PHONY: chart
chart: $(INSTALLED) ## Rewrite what the chart derives from values.yaml (schema, table of the README) and loadtest/ (k6's scripts)
	@node scripts/chart/values.ts

.PHONY: k8s
k8s: chart ## Render k8s/ from the chart and the overlays' values.yaml
	@node scripts/chart/render-k8s.ts

.PHONY: image
image: ## Build the container image (IMAGE=perf-metrics:dev)
	@echo 'image: $(IMAGE)'
	@docker build --network host --quiet --tag $(IMAGE) . >/dev/null

# Into nodes that cannot pull it: kind's and minikube's own ways; for any other cluster KUBE_LOAD names a command that
# takes the image, or `true` where the cluster can pull IMAGE.
KUBE_CONTEXT ?= $(shell kubectl config current-context 2>/dev/null)
KUBE_LOAD ?= $(if $(filter kind-%,$(KUBE_CONTEXT)),kind load docker-image --name $(KUBE_CONTEXT:kind-%=%),$(if $(filter minikube,$(KUBE_CONTEXT)),minikube image load,false))
# `false` where the nodes cannot pull Grafana's image: everything but its pod is looked at all the same.
E2E_GRAFANA ?= true

.PHONY: e2e
e2e: build image ## Run the tests that need Kubernetes, in namespaces of their own (KUBE_CONTEXT=kind-...)
	@kubectl --context '$(KUBE_CONTEXT)' get nodes >/dev/null || { echo 'e2e: no cluster: set KUBE_CONTEXT (kind create cluster makes one)' >&2; exit 1; }
	@$(KUBE_LOAD) $(IMAGE) || { echo 'e2e: say how the image gets into the nodes: KUBE_LOAD="command that takes it"' >&2; exit 1; }
	@node scripts/tools.ts helm >/dev/null
	@KUBE_CONTEXT='$(KUBE_CONTEXT)' E2E_IMAGE='$(IMAGE)' E2E_GRAFANA='$(E2E_GRAFANA)' vitest run --project 'e2e*' $(VITEST_ARGS)

.PHONY: pack
pack: build ## Make the npm package
	@npm pack --ignore-scripts --loglevel=error

.PHONY: ci
ci: ## Run what CI runs
	@.ci/run

.PHONY: clean
clean: ## Remove what was built (the tools' cache stays)
	@rm -rf dist .cache coverage bench-results loadtest/results metrics-dumps ./*.tgz
