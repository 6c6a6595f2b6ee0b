#pragma once
#include <locale.h>
#include <stdio.h>
#include <editline/readline.h>
