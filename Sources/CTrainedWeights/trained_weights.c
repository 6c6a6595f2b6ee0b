// In C because a byte array of this size is read in no time here, and takes the Swift compiler minutes.
#include "trained_weights.h"

// Every clang since 19 knows it, in C17, too.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char cells[] = {
#embed "cells.safetensors"
};

static const unsigned char retention[] = {
#embed "retention.safetensors"
};

static const unsigned char smollm2_sentences[] = {
#embed "smollm2.sentences.safetensors"
};

trained_weights trained_weights_of_cells(void) {
  return (trained_weights){cells, sizeof cells};
}

trained_weights trained_weights_of_retention(void) {
  return (trained_weights){retention, sizeof retention};
}

trained_weights trained_weights_of_smollm2_sentences(void) {
  return (trained_weights){smollm2_sentences, sizeof smollm2_sentences};
}
