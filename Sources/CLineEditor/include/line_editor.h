#pragma once
// A line editor for a terminal: libedit behind seven plain C functions, so that no variadic call
// and no libedit type reaches Swift.

#include <stdbool.h>

typedef struct mneme_editor mneme_editor;

/// What a call of `mneme_editor_read` ended with.
typedef enum mneme_read_result {
  MNEME_READ_LINE = 0,
  MNEME_READ_END = 1,          // Ctrl-D on an empty line, or the terminal went away
  MNEME_READ_INTERRUPTED = 2,  // Ctrl-C
} mneme_read_result;

/// Completion: `line` is the text left of the cursor (UTF-8). The callee returns the text to insert
/// at the cursor, allocated with malloc, or NULL for none; it may print a list of candidates first
/// and then sets `*listed` so that the prompt is drawn again below it.
typedef char *(*mneme_completer)(const char *line, bool *listed, void *context);

/// Selects the locale of the environment, or C.UTF-8 where that one is not UTF-8.
/// Returns whether characters are UTF-8 afterwards.
bool mneme_select_utf8_locale(void);

/// Opens an editor on standard input and output; NULL when the terminal cannot be used.
mneme_editor *mneme_editor_open(const char *program);
void mneme_editor_close(mneme_editor *editor);

/// Reads one line, without its newline; a pasted text may hold newlines inside. `*line` stays valid
/// until the next call.
mneme_read_result mneme_editor_read(mneme_editor *editor, const char *prompt, const char **line);

/// Adds one entry to the history that the arrow keys walk through.
void mneme_editor_add_history(mneme_editor *editor, const char *line);
void mneme_editor_clear_history(mneme_editor *editor);

void mneme_editor_set_completer(mneme_editor *editor, mneme_completer completer, void *context);
