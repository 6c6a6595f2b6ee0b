#include "CFuzzer.h"

// Swift emits no main function where it instruments for libFuzzer, yet the package manager makes this name the main one.
int Fuzzer_main(int argc, char **argv) {
  int code = mneme_fuzz_begin(argc, argv);
  if (code >= 0) return code;
  argc--;
  argv++;
  return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}
