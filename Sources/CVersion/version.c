#include "version.h"

#ifndef MNEME_COMMIT
#define MNEME_COMMIT ""
#endif

const char *mneme_commit(void) { return MNEME_COMMIT; }
