#pragma once
/// The commit the program was built from, such as "f0c1769" or "f0c1769-dirty"; "" where it is not known.
///
/// In C because the build hands it over as a macro (Package.swift), and so that a new commit compiles this file alone.
const char *mneme_commit(void);
