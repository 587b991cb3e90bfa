/* The page that launcher.c and the harness share: a secret on the way in, its copy behind it on the way out. */
#ifndef QUALM_LANGUAGES_JAVA_MARK_H
#define QUALM_LANGUAGES_JAVA_MARK_H

#define QUALM_MARK_BYTES 32
#define QUALM_MARK_PAGE_BYTES 4096

#endif
