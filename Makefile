# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
.DEFAULT_GOAL := help
.PHONY: help demo test check unit recorded integration accuracy record sanity lint types docs matrix molecule bench weather fresh awx pictures changelog architecture lab judge events clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: ## boot a real cluster, break its network, have the cause named, mend it, ask again
	@./tools/run demo </dev/null

test: ## everything: check, and integration, molecule and the demo in a bare Debian beside it (root)
	@LANES="$(LANES)" ./tools/run test </dev/null

check: ## what needs no lab: unit, recorded, types, lint, docs, sanity
	@./tools/run check </dev/null

unit: ## unit tests; those of module_utils also on Python 3.9
	@./tools/run unit </dev/null

recorded: ## analyse every recorded fault again, and compare with what was true
	@./tools/run recorded </dev/null

integration: ## tests on the lab (root); LANES=1: on one lab, where two would run side by side
	@LANES="$(LANES)" ./tools/run integration </dev/null

accuracy: ## every fault and harmless variation on the lab (root); FAULT=name,pattern* MODE=iptables,nftables,host-gw,three; DRAWN=7:0-99: by lot
	@./tools/run accuracy </dev/null

record: ## the same, and keep each run's bundle for `make recorded` (root)
	@./tools/run record </dev/null

sanity: ## ansible-test sanity, without containers
	@./tools/run sanity </dev/null

lint: ## ruff, ansible-lint, yamllint, ShellCheck, build and install
	@./tools/run lint </dev/null

types: ## mypy, strict
	@./tools/run types </dev/null

docs: ## antsibull-docs, links
	@./tools/run docs </dev/null

matrix: ## every supported ansible-core: unit tests, jobs, sanity, every playbook on the lab (root; long); CORE=2.16,newest PART=unit,sanity,jobs
	@CORE="$(CORE)" PART="$(PART)" ./tools/run matrix </dev/null

architecture: ## draw the picture of docs/architecture.md anew from the imports
	@./tools/run architecture </dev/null

awx: ## write surveys and job templates anew from the roles
	@./tools/run awx </dev/null

pictures: ## draw the pictures of the documentation anew, from recorded runs
	@./tools/run pictures </dev/null

changelog: ## write CHANGELOG.md anew from changelogs/fragments
	@./tools/run changelog </dev/null

bench: ## measurements on the lab (root), printed
	@./tools/run bench </dev/null

judge: ## thousands of random configurations, the kernel against the simulation (root)
	@./tools/run judge </dev/null

weather: ## bad input and bad weather on the lab (root); RANDOM=50 SEED=7 for random weather
	@RANDOM_RUNS="$(RANDOM)" SEED="$(SEED)" ./tools/run weather </dev/null

fresh: ## demo and unit tests in a Debian that has nothing (root); COLD=1: without what is built already
	@COLD="$(COLD)" ./tools/run fresh </dev/null

molecule: ## the scenarios of molecule, on one lab (root); SCENARIO=diagnose,health
	@SCENARIO="$(SCENARIO)" ./tools/run molecule </dev/null

events: ## jobs as AWX runs them, drills, captures, an outage that diagnoses itself, on the lab (root)
	@./tools/run events </dev/null

lab: ## boot the lab and leave it up (root)
	@./tools/run lab </dev/null

clean: ## take the lab down, remove what was made from this checkout
	@./tools/run clean </dev/null
