# The course's commands. Each makes .venv first where it is missing; `make` alone lists them.
.DEFAULT_GOAL := help
VENV := $(or $(COURSE_VENV),.venv)
EDITABLE := -e
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
	$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(p))))
# nbgrader calls alembic by its bare name when it makes a new gradebook.
export PATH := $(CURDIR)/$(BIN):$(PATH)
BUNDLE := course.zip
NOTEBOOKS := notebooks
ASSIGNMENTS := $(notdir $(wildcard solutions/*))
PARTS := test-bank test-class test-browser test-course test-grading test-solutions test-mutants test-types
JOBS := 2
TESTS_test-class := $(addprefix tests/test_,class.py odd.py)
TESTS_test-browser := $(addprefix tests/test_,browser.py hub.py site.py)
TESTS_test-grading := $(addprefix tests/test_,grading.py hostile_pages.py lms.py pages.py)
TESTS_test-bank := tests/test_bank.py
TESTS_test-mutants := tests/test_mutants.py
NBVAL = $(BIN)/python -m pytest --nbval-lax --nbval-current-env
FIRST := 01_semantic_segmentation/01_semantic_segmentation.ipynb

.PHONY: help lab test $(PARTS) coverage test-fast test-oldest constraints exercise \
	check-course trainings bank mutate release bundle site hub \
	outputs figures grade collect return weights clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# As root, and without a display, JupyterLab must be told so. nbgrader's panels for instructors stay
# away from learners: `jupyter lab` alone has them.
lab: $(VENV)/installed  ## open the course in JupyterLab
	JUPYTER_CONFIG_PATH="$(CURDIR)/helpers/etc/student" $(BIN)/jupyter lab \
		--ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/$(FIRST) \
		$(if $(filter 0,$(shell id -u)),--allow-root) \
		$(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),,--no-browser) $(LAB_FLAGS)

test: $(VENV)/dev  ## run everything that CI runs, JOBS=2 of its parts at a time
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/vulture
	OMP_NUM_THREADS=1 $(MAKE) --jobs=$(JOBS) --output-sync=target $(PARTS)

# The parts of the tests; each can be run alone, and the longest begin first.
test-class test-browser test-grading test-bank test-mutants: $(VENV)/dev
	$(BIN)/python -m pytest $(TESTS_$@)

test-course: $(VENV)/dev
	$(BIN)/python -m pytest $(filter-out $(foreach part,$(PARTS),$(TESTS_$(part))),$(wildcard tests/test_*.py))

coverage: $(VENV)/dev  ## list the lines that neither the tests nor the notebooks reach
	@mkdir -p build && $(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q
	for path in $(wildcard solutions/*/*.ipynb); do COURSE_SHORT=1 $(BIN)/coverage run -m IPython \
		--HistoryManager.enabled=False $$path > build/coverage.log || exit 1; done
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

test-types: $(VENV)/dev
	$(BIN)/pyright --project pyproject.toml

test-fast: $(VENV)/dev
	$(BIN)/python -m pytest $(addprefix tests/test_,$(addsuffix .py,bank notebooks predict figures \
		messages loop exercise session data domains painting evaluate train cars progress))

# Notebooks 07 and 08 train for six minutes in all: here they take a few steps, as when a class is
# graded, and in `make trainings` all.
test-solutions: $(VENV)/dev
	COURSE_SHORT=1 $(NBVAL) --nbval-cell-timeout=120 solutions

trainings: $(VENV)/dev  ## run notebooks 07 and 08 with all their training, which takes six minutes
	$(NBVAL) --nbval-cell-timeout=300 solutions/07_training solutions/08_your_own_data

exercise: $(VENV)/dev  ## lay a new exercise (NAME=pixel_share IN=08_your_own_data TITLE='A title')
	@test -n "$(NAME)" -a -n "$(IN)" -a -n "$(TITLE)" || { echo 'Which? make exercise' \
		"NAME=pixel_share IN=08_your_own_data TITLE='The share of a class'"; exit 2; }
	@$(BIN)/python -m tests.new_exercise "$(NAME)" "$(IN)" "$(TITLE)"

check-course: $(VENV)/dev  ## say what is missing or disagrees, and how to put it right
	@$(BIN)/python -m tests.check_course

bank: $(VENV)/dev  ## grade the whole answer bank through nbgrader (takes long)
	$(BIN)/python -m tests.bank
	$(BIN)/python -m tests.whole_bank $(BANK_FLAGS)

mutate: $(VENV)/dev  ## put small faults into every solution: the checks must see each
	$(BIN)/python -m tests.mutate
	$(BIN)/python -m tests.rewrites

release: $(VENV)/grade  ## generate notebooks/ from solutions/
	$(BIN)/python -m grading.points
	for name in $(ASSIGNMENTS); do \
		$(BIN)/nbgrader generate_assignment --force $$name || exit 1; done
	$(BIN)/python -m helpers.manifest

bundle:  ## put what students need, as last committed, into course.zip
	git archive --format=zip --prefix=segmentation-course/ --output=$(BUNDLE) HEAD \
		README.md LICENSE Makefile environment.yml pyproject.toml helpers $(NOTEBOOKS)

outputs: $(VENV)/installed  ## run solutions/ and store the outputs that nbval compares
	$(BIN)/python -m grading.outputs $(wildcard solutions/*/*.ipynb)

figures: $(VENV)/installed  ## take the README's picture and the page of figures from the notebooks
	$(BIN)/python -m helpers.figures.gallery

grade: $(VENV)/grade  ## grade submitted/*/ASSIGNMENT in a sandbox, with feedback and a report
	@test -n "$(ASSIGNMENT)" || { echo 'Which one? make grade ASSIGNMENT=01_semantic_segmentation'; exit 2; }
	$(BIN)/python -m grading $(ASSIGNMENT) $(GRADE_FLAGS); code=$$?; \
		[ $$code = 2 ] || $(BIN)/nbgrader export || code=1; exit $$code

collect: $(VENV)/grade  ## put the download ZIP of an LMS into submitted/ (FROM=, ROSTER=, SHEET=)
	@test -n "$(ASSIGNMENT)" -a -n "$(ZIP)" || { echo 'Which? make collect' \
		'ASSIGNMENT=01_semantic_segmentation ZIP=download.zip'; exit 2; }
	$(BIN)/python -m grading.lms collect $(ASSIGNMENT) "$(ZIP)" $(if $(FROM),--from $(FROM)) \
		$(if $(ROSTER),--roster "$(ROSTER)") $(if $(SHEET),--sheet "$(SHEET)")

return: $(VENV)/grade  ## write grades and pages for upload (TO=moodle, canvas or plain, SHEET=)
	@test -n "$(ASSIGNMENT)" || { echo 'Which one? make return' \
		'ASSIGNMENT=01_semantic_segmentation TO=moodle'; exit 2; }
	$(BIN)/python -m grading.lms return $(ASSIGNMENT) --to $(or $(TO),plain) \
		$(if $(SHEET),--sheet "$(SHEET)") $(if $(COLUMN),--column "$(COLUMN)")

constraints:  ## note the newest versions, with which CI tests, in constraints.txt
	rm -rf build/newest && $(PYTHON) -m venv build/newest
	build/newest/bin/pip install --quiet -e '.[dev]'
	build/newest/bin/pip freeze --exclude-editable > constraints.txt

test-oldest:  ## install the oldest versions that pyproject.toml allows, and run what is fast
	mkdir -p build && $(PYTHON) -m tests.oldest > build/oldest.txt
	$(MAKE) test-solutions test-fast VENV=build/oldest PIP_FLAGS='-c build/oldest.txt'

site: $(VENV)/dev  ## build the course's pages, without answers, as a static site in build/site/html
	@$(BIN)/python -m deploy.site.pages

hub: $(VENV)/hub  ## try out a classroom on this machine: JupyterHub with an instructor and two students
	@mkdir -p build/hub && cd build/hub && COURSE_HUB_TRIAL=$(CURDIR)/build/hub \
		$(CURDIR)/$(BIN)/jupyterhub -f $(CURDIR)/deploy/jupyterhub/jupyterhub_config.py $(HUB_FLAGS)

weights: $(VENV)/installed  ## train the shipped weights (resumes where it was stopped)
	$(BIN)/python -m helpers.train $(TRAIN_FLAGS)

clean:  ## remove what tests and grading leave behind (never submissions or grades)
	rm -rf test-results .pytest_cache .ruff_cache build *.egg-info

# A shared environment (COURSE_VENV) is renewed by whoever owns it.
$(VENV)/installed: $(if $(COURSE_VENV),,pyproject.toml helpers/etc/ipython_kernel_config.py)
	@test -n "$(PYTHON)" || { echo 'The course needs Python 3.11 or later: install it, or name' \
		'one with: make lab PYTHON=/path/to/python3.11'; exit 1; }
	@test -x $(BIN)/pip || { echo 'Making $(VENV) with $(PYTHON) ...'; $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo 'Python has no venv module here: on Debian, apt-get install' \
		'python3-venv'; exit 1; }; }
	@echo 'Installing the course: PyTorch is large, so this takes a few minutes once.'
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install $(EDITABLE) . $(PIP_FLAGS)
	@mkdir -p $(VENV)/etc/ipython && cp helpers/etc/ipython_kernel_config.py $(VENV)/etc/ipython/
	@touch $@

# What a class's grader needs beside it, and what the tests need.
$(VENV)/grade: $(VENV)/installed
	$(BIN)/python -m pip install --quiet $(EDITABLE) '.[grade]' $(PIP_FLAGS)
	@touch $@

# JupyterHub, and its proxy from npm, for which the group brings Node.
$(VENV)/hub: $(VENV)/grade
	$(BIN)/python -m pip install --quiet $(EDITABLE) '.[hub]' $(PIP_FLAGS)
	$(BIN)/npm install --silent --global --prefix $(VENV) configurable-http-proxy@5
	@touch $@

$(VENV)/dev: $(VENV)/hub
	$(BIN)/python -m pip install --quiet $(EDITABLE) '.[dev]' $(PIP_FLAGS)
	@touch $@
