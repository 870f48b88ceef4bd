#!/bin/sh
# Weights like the shipped ones from the beginning: corpus, labels, training, evaluation. Hours; a run that was stopped goes on.
#
#   datasets/recipe.sh DIR [JOBS]
#
# Needs `pip install -e '.[tools,corpus,learn]'` and, for the corpus, Debian 12's source packages (datasets/README.md).
set -eu
folder=${1:?usage: datasets/recipe.sh DIR [JOBS]}
jobs=${2:-2}
here=$(dirname "$0")
mkdir -p "$folder"

slpvec corpus build "$here/manifests/debian.toml" -o "$folder/corpus" -j "$jobs"

# Functions are drawn by their hashes: the same ones on every machine. Exit code 1 says that a few could not be labelled,
# which is no reason to do without the others.
label() {
    slpvec label "$folder/corpus" -o "$folder/labels-$1" --split "$1" --sample "$2" \
        --max-instructions 400 --time-limit 3 -j "$jobs" || [ $? -eq 1 ]
}
label train 12200
label validation 1500
label test 700

slpvec train "$folder/labels-train" "$folder/labels-validation" -o "$folder/run" --steps 8 --epochs 9 -j "$jobs" --curves
slpvec eval "$folder/labels-test" --policies greedy,gnn-alone,gnn --roll-outs 1,2,4,16 --weights "$folder/run/weights.safetensors" -j "$jobs"
