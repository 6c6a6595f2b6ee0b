#pragma once
#include <stddef.h>

/// A file that is part of the program.
typedef struct {
  const unsigned char *bytes;
  size_t count;
} trained_weights;

/// cells.safetensors: the machines that Tools/train/cells trained on the tasks of their papers.
trained_weights trained_weights_of_cells(void);

/// retention.safetensors: the agents of Tools/train/retention that say what goes when a memory is full.
trained_weights trained_weights_of_retention(void);

/// smollm2.sentences.safetensors: by which SmolLM2's states tell what a sentence is about, of Tools/train/meaning.py.
trained_weights trained_weights_of_smollm2_sentences(void);
