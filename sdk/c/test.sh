#!/bin/sh
# Compiles a plugin and its tests natively, with the stand-in of the host, and runs them: src/*.c and
# tests/*.c of the folder that it is run in.
set -eu
kit=$(dirname "$0")
mkdir -p target
for test in tests/*.c; do
    program=target/$(basename "$test" .c)
    ${CC:-cc} -std=gnu17 -Wall -Wextra -g -I "$kit/include" -I src src/*.c "$test" \
        "$kit"/src/*.c "$kit"/src/native/*.c -lm -o "$program"
    "$program"
    echo "$test: passed"
done
