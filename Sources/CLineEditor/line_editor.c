#define _GNU_SOURCE  // strdup, wide characters
#include "line_editor.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

struct mneme_editor {
  EditLine *edit;
  History *history;
  const char *prompt;
  char *line;
  bool interrupted;
  mneme_completer completer;
  void *completer_context;
};

bool mneme_select_utf8_locale(void) {
  setlocale(LC_CTYPE, "");
  const char *codeset = nl_langinfo(CODESET);
  if (codeset != NULL && strcmp(codeset, "UTF-8") == 0) return true;
  return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

static mneme_editor *self(EditLine *edit) {
  mneme_editor *editor = NULL;
  el_get(edit, EL_CLIENTDATA, &editor);
  return editor;
}

static char *current_prompt(EditLine *edit) { return (char *)self(edit)->prompt; }

// Ctrl-C: the line is abandoned. The terminal delivers no signal while a line is edited (-isig), so
// a key binding is all it takes and there is no race with a handler.
static unsigned char on_interrupt(EditLine *edit, int key) {
  (void)key;
  self(edit)->interrupted = true;
  return CC_EOF;
}

// Ctrl-Z: give the terminal back, stop, and take it again on return.
static unsigned char on_suspend(EditLine *edit, int key) {
  (void)key;
  el_set(edit, EL_PREP_TERM, 0);
  raise(SIGTSTP);
  el_set(edit, EL_PREP_TERM, 1);
  return CC_REDISPLAY;
}

static unsigned char on_complete(EditLine *edit, int key) {
  (void)key;
  mneme_editor *editor = self(edit);
  if (editor->completer == NULL) return CC_REFRESH_BEEP;
  const LineInfo *info = el_line(edit);
  size_t length = (size_t)(info->cursor - info->buffer);
  char *left = malloc(length + 1);
  if (left == NULL) return CC_ERROR;
  memcpy(left, info->buffer, length);
  left[length] = 0;
  bool listed = false;
  char *insertion = editor->completer(left, &listed, editor->completer_context);
  free(left);
  unsigned char result = listed ? CC_REDISPLAY : CC_REFRESH_BEEP;
  if (insertion != NULL) {
    if (insertion[0] != 0 && el_insertstr(edit, insertion) == 0 && !listed) result = CC_REFRESH;
    free(insertion);
  }
  return result;
}

// Bracketed paste: everything up to ESC [ 201 ~ is text, newlines included.
static unsigned char on_paste(EditLine *edit, int key) {
  (void)key;
  static const char closing[] = "\033[201~";
  const size_t closing_length = sizeof(closing) - 1;
  size_t count = 0, capacity = 256;
  wchar_t *text = malloc(capacity * sizeof(wchar_t));
  if (text == NULL) return CC_ERROR;
  wchar_t character;
  while (el_wgetc(edit, &character) == 1) {
    if (count + 2 > capacity) {
      wchar_t *larger = realloc(text, 2 * capacity * sizeof(wchar_t));
      if (larger == NULL) break;
      text = larger;
      capacity *= 2;
    }
    text[count++] = character == L'\r' ? L'\n' : character;
    if (count >= closing_length) {
      size_t match = 0;
      while (match < closing_length &&
             text[count - closing_length + match] == (wchar_t)(unsigned char)closing[match])
        match++;
      if (match == closing_length) {
        count -= closing_length;
        break;
      }
    }
  }
  while (count > 0 && text[count - 1] == L'\n') count--;  // a trailing newline is not a part of it
  text[count] = 0;
  unsigned char result = CC_REFRESH;
  if (count > 0 && el_winsertstr(edit, text) != 0) result = CC_REFRESH_BEEP;
  free(text);
  return result;
}

mneme_editor *mneme_editor_open(const char *program) {
  mneme_editor *editor = calloc(1, sizeof(mneme_editor));
  if (editor == NULL) return NULL;
  editor->prompt = "";
  editor->edit = el_init(program, stdin, stdout, stderr);
  editor->history = history_init();
  if (editor->edit == NULL || editor->history == NULL) {
    mneme_editor_close(editor);
    return NULL;
  }
  HistEvent event;
  history(editor->history, &event, H_SETSIZE, 1000);
  history(editor->history, &event, H_SETUNIQUE, 1);
  EditLine *edit = editor->edit;
  el_set(edit, EL_CLIENTDATA, editor);
  el_set(edit, EL_EDITOR, "emacs");
  el_set(edit, EL_SIGNAL, 1);  // window size changes
  el_set(edit, EL_HIST, history, editor->history);
  el_set(edit, EL_PROMPT, current_prompt);
  el_set(edit, EL_SETTY, "-d", "-isig", NULL);
  el_set(edit, EL_ADDFN, "mneme-interrupt", "abandon the line", on_interrupt);
  el_set(edit, EL_ADDFN, "mneme-suspend", "stop the program", on_suspend);
  el_set(edit, EL_ADDFN, "mneme-complete", "complete the word", on_complete);
  el_set(edit, EL_ADDFN, "mneme-paste", "insert a pasted text", on_paste);
  el_set(edit, EL_BIND, "^C", "mneme-interrupt", NULL);
  el_set(edit, EL_BIND, "^Z", "mneme-suspend", NULL);
  el_set(edit, EL_BIND, "\t", "mneme-complete", NULL);
  el_set(edit, EL_BIND, "\033[200~", "mneme-paste", NULL);
  el_set(edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(edit, EL_BIND, "\033[3~", "ed-delete-next-char", NULL);
  el_set(edit, EL_BIND, "\033[1;5C", "em-next-word", NULL);
  el_set(edit, EL_BIND, "\033[1;5D", "ed-prev-word", NULL);
  el_set(edit, EL_BIND, "\033[H", "ed-move-to-beg", NULL);
  el_set(edit, EL_BIND, "\033[F", "ed-move-to-end", NULL);
  return editor;
}

void mneme_editor_close(mneme_editor *editor) {
  if (editor == NULL) return;
  if (editor->edit != NULL) el_end(editor->edit);
  if (editor->history != NULL) history_end(editor->history);
  free(editor->line);
  free(editor);
}

static void bracketed_paste(bool on) {
  fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
  fflush(stdout);
}

mneme_read_result mneme_editor_read(mneme_editor *editor, const char *prompt, const char **line) {
  *line = "";
  editor->prompt = prompt;
  editor->interrupted = false;
  int count = 0;
  bracketed_paste(true);
  const char *text = el_gets(editor->edit, &count);
  bracketed_paste(false);
  if (editor->interrupted) {
    el_reset(editor->edit);
    fputc('\n', stdout);
    fflush(stdout);
    return MNEME_READ_INTERRUPTED;
  }
  if (text == NULL || count <= 0) {
    fputc('\n', stdout);
    fflush(stdout);
    return MNEME_READ_END;
  }
  free(editor->line);
  editor->line = strdup(text);
  if (editor->line == NULL) return MNEME_READ_END;
  size_t length = strlen(editor->line);
  while (length > 0 && (editor->line[length - 1] == '\n' || editor->line[length - 1] == '\r'))
    editor->line[--length] = 0;
  *line = editor->line;
  return MNEME_READ_LINE;
}

void mneme_editor_add_history(mneme_editor *editor, const char *line) {
  HistEvent event;
  history(editor->history, &event, H_ENTER, line);
}

void mneme_editor_clear_history(mneme_editor *editor) {
  HistEvent event;
  history(editor->history, &event, H_CLEAR);
}

void mneme_editor_set_completer(
    mneme_editor *editor, mneme_completer completer, void *context) {
  editor->completer = completer;
  editor->completer_context = context;
}
