#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer's own entry for programs that have a main function.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

// Written in Swift: chooses the target; below zero where fuzzing is to begin, else the exit code.
int mneme_fuzz_begin(int argc, char **argv);

// Written in Swift: one input.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
