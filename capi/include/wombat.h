/* wombat.h - the C interface of Wombat, an embedded, persistent, ordered key-value store. MIT license.
 *
 * This header is the manual. It begins with a whole program, then the rules that hold for every call, then
 * the functions in the order in which one meets them. Compile with `cc program.c $(pkg-config --cflags --libs
 * wombat)`.
 *
 *     #include <stdio.h>
 *     #include <wombat.h>
 *
 *     int main(void) {
 *       wombat_error error;
 *       wombat_db *db;
 *       char value[100];
 *       size_t value_size;
 *       if (wombat_open("people", NULL, &db, &error) != WOMBAT_OK) {
 *         fprintf(stderr, "%s\n", error.message);
 *         return 1;
 *       }
 *       if (wombat_put(db, "ada", 3, "1815", 4, NULL, &error) != WOMBAT_OK)
 *         fprintf(stderr, "%s\n", error.message);
 *       if (wombat_get(db, "ada", 3, NULL, value, sizeof value, &value_size, &error) == WOMBAT_OK)
 *         printf("ada: %.*s\n", (int)value_size, value);
 *       if (wombat_close(db, &error) == WOMBAT_OK) return 0;
 *       fprintf(stderr, "%s\n", error.message);
 *       return 1;
 *     }
 *
 * RULES
 *
 * Data. Keys and values are byte strings, zero bytes included. Keys are ordered bytewise (memcmp, then
 *   length). A key has at most 65,535 bytes, a value at most 1,073,741,823; both may be empty. An empty value
 *   is not an absent one. Where a size is 0 its pointer may be NULL. Bytes that you pass are copied when they
 *   are needed later; they are yours again when the call returns.
 * Results. Calls that can fail return a wombat_status: WOMBAT_OK (0); positive for a normal outcome that is
 *   not OK (not found, end, buffer too small); negative for a failure. Judge a number that you do not know by
 *   its sign.
 * Errors. The last parameter is a wombat_error of yours, or NULL. It is written only when the call returns a
 *   negative status: do not print it after WOMBAT_NOT_FOUND or WOMBAT_END.
 * Outputs. Output pointers may be NULL where you do not want the result, except those that return a handle and
 *   the arrays of wombat_multi_get. Unless the call returns WOMBAT_OK or WOMBAT_BUFFER_TOO_SMALL, output
 *   handles and pointers are set to NULL and sizes to 0.
 * Texts. Calls that write text put a zero byte behind it; `*length` leaves that byte out, so `*length` + 1
 *   bytes are needed. What a text says may have grown until the next call.
 * Parameters. Always in this order: handle, inputs, options, outputs, error. Options may be NULL for
 *   defaults; NULL for a handle that is needed is WOMBAT_INVALID_ARGUMENT, except where freeing.
 * Option structs. The first member, `size`, is sizeof the struct as your program knows it, the rest zero
 *   unless set: `wombat_read_options options = WOMBAT_READ_OPTIONS_INIT;`
 * Threads. A wombat_db, a wombat_snapshot and a wombat_cancel may be used by any number of threads at once.
 *   An iterator, a batch, an options object and a pin may be used by one thread at a time, not always the
 *   same one. No call depends on the calling thread.
 * Lifetime. Handles may be closed or freed in any order and from any thread. What belongs to a closed
 *   database answers WOMBAT_CLOSED and is still freed by its own function. A handle that was already freed
 *   answers WOMBAT_CLOSED as well, as does one that is not of the right kind. Functions that free accept
 *   NULL.
 * Durability. A write that was acknowledged survives the end of the process, however it ends. With option
 *   "wal.sync" at "always" (the default, except in the preset "high_performance") it also survives loss of
 *   power; with "interval" the last moments may be lost then, with "os" the last half minute or so. Batches
 *   are all or nothing. See docs/durability.md.
 * Fork. After fork() the child must not use the parent's databases: calls answer WOMBAT_FORKED. Closing
 *   handles there touches no file.
 * Callbacks run on library threads or on the calling thread, never under a lock of the library; they must not
 *   call back into the database that they were set for.
 */
#ifndef WOMBAT_H
#define WOMBAT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WOMBAT_VERSION_MAJOR 0
#define WOMBAT_VERSION_MINOR 1
#define WOMBAT_VERSION_PATCH 0
/* 10000 * major + 100 * minor + patch */
#define WOMBAT_VERSION_NUMBER 100

#define WOMBAT_KEY_SIZE_MAX 65535u
#define WOMBAT_VALUE_SIZE_MAX 1073741823u

/* ----------------------------------------------------------------------------------------------------
 * Status and errors
 * ---------------------------------------------------------------------------------------------------- */

/* Outcome of a call: one of the numbers below. They are never renumbered or reused. */
typedef int32_t wombat_status;

enum {
  WOMBAT_OK = 0,

  /* Normal outcomes. */
  WOMBAT_NOT_FOUND = 1,        /* the key is absent */
  WOMBAT_END = 2,              /* the iterator has passed its last (or first) row */
  WOMBAT_BUFFER_TOO_SMALL = 3, /* nothing was copied; the size output says how much is needed */
  WOMBAT_MISMATCH = 4,         /* the value was not the one expected: nothing was written */

  /* The caller's doing. */
  WOMBAT_INVALID_ARGUMENT = -1,
  WOMBAT_UNKNOWN_OPTION = -2, /* the message names the nearest option */
  WOMBAT_TOO_LARGE = -3,      /* key, value or batch over its limit */
  WOMBAT_UNSUPPORTED = -4,    /* known, but not in this version or this build */
  WOMBAT_CLOSED = -5,         /* the handle, or the database that it belongs to, was closed */
  WOMBAT_FORKED = -6,         /* the database was opened by the parent process */
  WOMBAT_TXN_ENDED = -7,      /* the transaction was committed or rolled back before */
  WOMBAT_IN_USE = -8,         /* another thread is inside a call on the same transaction */
  WOMBAT_DROPPED = -9,        /* the keyspace was dropped */
  WOMBAT_TOO_OLD = -10,       /* what was visible then is no longer kept */

  /* The machine's state; the same call may succeed later. */
  WOMBAT_NO_MEMORY = -20,
  WOMBAT_NO_SPACE = -21, /* the disk is full: reads go on, writes resume by themselves when there is space */
  WOMBAT_TIMED_OUT = -22,
  WOMBAT_CANCELLED = -23, /* by the caller; not "retryable" */
  WOMBAT_BUSY = -24,      /* the call would have had to wait and was told not to */
  WOMBAT_LOCKED = -25,    /* another process, or this one, has the database open */
  WOMBAT_CONFLICT = -26,  /* another commit changed what the transaction read or writes; the message names both */
  WOMBAT_DEADLOCK = -27,  /* transactions waited for one another, and this one was chosen to give up */

  /* Storage. */
  WOMBAT_IO_ERROR = -40,
  WOMBAT_CORRUPTION = -41, /* damaged bytes; the message names file, offset, what was expected and what was found */
  WOMBAT_NOT_A_DATABASE = -42,
  WOMBAT_ALREADY_EXISTS = -43,
  WOMBAT_DOES_NOT_EXIST = -44,
  WOMBAT_MISSING_FILE = -45,
  WOMBAT_FORMAT_VERSION = -46, /* written by a version of Wombat that this one cannot read */
  WOMBAT_PERMISSION_DENIED = -47,
  WOMBAT_KEY_MISMATCH = -48,
  WOMBAT_MERGE_FAILED = -49, /* a merge cannot be worked out on the value below it; the message names key and reason */

  /* State of the database. */
  WOMBAT_READ_ONLY = -60, /* opened read-only */
  WOMBAT_DEGRADED = -61,  /* a sync failed earlier: reads go on, writes are refused until the database is reopened */

  WOMBAT_INTERNAL = -80
};

/* Detail of a failure: plain memory of the caller, never allocated, no need to initialise. */
typedef struct wombat_error {
  wombat_status status;
  int32_t os_error;  /* errno of the failed system call, or 0 */
  int32_t retryable; /* 1 when the same call may succeed later without anything being repaired */
  int32_t reserved;
  char message[496]; /* UTF-8, ends with a zero byte, cut when too long */
} wombat_error;

/* Returns the name of a status, "CORRUPTION" for WOMBAT_CORRUPTION; "UNKNOWN" for a number that names none.
 * Static text.
 * Threads: any. */
const char *wombat_status_name(wombat_status status);

/* Returns one sentence about what a status means and what to do. Static text. Threads: any. */
const char *wombat_status_help(wombat_status status);

/* Returns 1 when a call that ended with `status` may succeed later without anything being repaired, else 0.
 * Threads: any. */
int32_t wombat_status_is_retryable(wombat_status status);

/* ----------------------------------------------------------------------------------------------------
 * Library
 * ---------------------------------------------------------------------------------------------------- */

/* Returns the version of the library that runs, such as "0.1.0". Static text. Threads: any. */
const char *wombat_version_string(void);

/* Returns the version of the library that runs as a number; compare with WOMBAT_VERSION_NUMBER of the header.
 * Threads: any. */
uint32_t wombat_version_number(void);

/* Returns 1 when the library was built with a feature, else 0. Names: "zlib", "lz4", "zstd", "snappy",
 * "encryption", "transactions", "value_log", "keyspaces". Threads: any. */
int32_t wombat_feature(const char *name);

/* ----------------------------------------------------------------------------------------------------
 * Options: named settings of a database. docs/configuration.md lists them all; so do the two functions below
 * and `wombat options`. Those that are wanted most:
 *   cache.size          memory for blocks of tables            wal.sync            always, interval, os
 *   memtable.size       memory before a table is written       wal.sync_interval_ms
 *   num_memtables       how many of these at most              compression.codec   none, zstd, auto ...
 *   open.read_only, open.create_if_missing, open.fail_if_exists
 *   log.level           of messages to the log function        compaction.threads  0: as many as are useful
 * ---------------------------------------------------------------------------------------------------- */

typedef struct wombat_options wombat_options;

/* Types of option values. */
enum {
  WOMBAT_OPTION_BOOL = 0,    /* "true" or "false"; as integer 1 or 0 */
  WOMBAT_OPTION_INTEGER = 1, /* a whole number */
  WOMBAT_OPTION_SIZE = 2,    /* bytes; as text also with KiB, MiB, GiB, TiB */
  WOMBAT_OPTION_CHOICE = 3,  /* one of the words in `choices`; as integer its place there, from 0 */
  WOMBAT_OPTION_TEXT = 4,
  WOMBAT_OPTION_REAL = 5 /* a decimal number; as integer in thousandths */
};

/* Description of an option. Set `size` before the call. All texts are static. */
typedef struct wombat_option_info {
  size_t size;
  const char *name;          /* such as "memtable.size" */
  const char *help;          /* one line */
  const char *default_value; /* as text */
  const char *choices;       /* words with "|" between for WOMBAT_OPTION_CHOICE, else "" */
  int32_t type;              /* WOMBAT_OPTION_... */
  int32_t is_mutable;        /* 1: wombat_set_option can change it on an open database */
  int32_t is_supported;      /* 0: reserved; values other than the default answer WOMBAT_UNSUPPORTED. (Single words of a
                                choice may do so as well.) */
  int32_t is_per_keyspace;   /* 1: a keyspace may have its own value, see wombat_keyspace_create */
  int64_t minimum;           /* bounds of numbers and sizes; of WOMBAT_OPTION_REAL in thousandths */
  int64_t maximum;
} wombat_option_info;

/* What a wombat_option_info begins as. */
#define WOMBAT_OPTION_INFO_INIT \
  { sizeof(wombat_option_info), NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0 }

/* Returns how many options there are. Threads: any. */
size_t wombat_option_count(void);

/* Describes option `index` (0 to count - 1), ordered by name.
 * Errors: WOMBAT_INVALID_ARGUMENT for an index out of range or a wrong `info->size`. Threads: any. */
wombat_status wombat_option_describe(size_t index, wombat_option_info *info, wombat_error *error);

/* Creates options with default values; free with wombat_options_destroy. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_options_create(wombat_options **options, wombat_error *error);

/* Creates options from a preset: "default"; "development" (verifies all tables at open, logs everything);
 * "production"; "high_performance" (wal.sync=os: loss of power may take the last writes; more memory);
 * "memory_optimized"; "durable" (verifies all tables at open, short logs); "write_heavy"; "read_heavy".
 * docs/performance-tuning.md says what each gives up. Errors: WOMBAT_INVALID_ARGUMENT (names the nearest
 * preset), WOMBAT_NO_MEMORY. */
wombat_status wombat_options_create_preset(const char *preset, wombat_options **options, wombat_error *error);

/* Creates a copy of `source`. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_options_copy(const wombat_options *source, wombat_options **options, wombat_error *error);

/* Sets option `name` from text, such as ("cache.size", "512MiB").
 * Errors: WOMBAT_UNKNOWN_OPTION (names the nearest), WOMBAT_INVALID_ARGUMENT (says the bounds or the words
 * allowed), WOMBAT_UNSUPPORTED for what this version or build lacks. The options are then as before. */
wombat_status wombat_options_set(wombat_options *options, const char *name, const char *value, wombat_error *error);

/* Sets an option that is not text from a whole number; see the types for what it means. Errors: as
 * wombat_options_set. */
wombat_status wombat_options_set_integer(wombat_options *options, const char *name, int64_t value, wombat_error *error);

/* Sets many options from text: "name=value" separated by ';' or line ends; '#' begins a comment up to the end
 * of the line. All or nothing.
 * Errors: as wombat_options_set, with the line number. */
wombat_status wombat_options_parse(wombat_options *options, const char *text, wombat_error *error);

/* Writes the value of option `name` as text into `buffer`; `*length` becomes its length. Sizes come out as
 * bytes: "8MiB" as "8388608".
 * Returns: WOMBAT_OK, WOMBAT_BUFFER_TOO_SMALL. Errors: WOMBAT_UNKNOWN_OPTION. */
wombat_status wombat_options_get(const wombat_options *options, const char *name, char *buffer, size_t capacity, size_t *length,
                                 wombat_error *error);

/* Gives the value of an option that is not text, as wombat_options_set_integer takes it. Errors:
 * WOMBAT_UNKNOWN_OPTION, WOMBAT_INVALID_ARGUMENT for an option of text. */
wombat_status wombat_options_get_integer(const wombat_options *options, const char *name, int64_t *value, wombat_error *error);

/* Importance of a log message. Option "log.level" has the words debug, info, warning and error for them. */
enum { WOMBAT_LOG_DEBUG = 0, WOMBAT_LOG_INFO = 1, WOMBAT_LOG_WARNING = 2, WOMBAT_LOG_ERROR = 3 };

/* Receives one message without a line end, valid during the call. Never carries keys or values. */
typedef void (*wombat_log_function)(void *user_data, int32_t level, const char *message);

/* Sends messages of databases opened with `options` to `function` (NULL: to nobody, the default). Called from
 * any thread. `user_data` must stay valid until these databases are closed. Errors: WOMBAT_CLOSED. */
wombat_status wombat_options_set_log_callback(wombat_options *options, wombat_log_function function, void *user_data,
                                              wombat_error *error);

/* Works out one merge: what `operand` makes of `value`, which is NULL where there is none. Writes the new value into
 * `buffer` when it has room for it, and returns its size; a size greater than `capacity` leads to a second call with
 * that much room. Less than 0: it cannot (WOMBAT_MERGE_FAILED). The outcome must depend on key, value and operand
 * alone. Called by reads and by background work, from any thread, several at a time; it must not call Wombat. */
typedef int64_t (*wombat_merge_function)(void *user_data, const void *key, size_t key_size, const void *value, size_t value_size,
                                         const void *operand, size_t operand_size, void *buffer, size_t capacity);

/* Gives databases opened with `options` an operator `name` for wombat_merge (NULL function: takes it away). They need
 * it as long as they hold merges that name it, which may be for ever: a read that meets one whose operator is missing
 * answers WOMBAT_UNSUPPORTED. `user_data` must stay valid until these databases are closed.
 * Errors: WOMBAT_INVALID_ARGUMENT for a name that is empty, has more than 255 bytes or is that of a built-in operator,
 * WOMBAT_NO_MEMORY, WOMBAT_CLOSED. */
wombat_status wombat_options_set_merge_operator(wombat_options *options, const char *name, wombat_merge_function function,
                                                void *user_data, wombat_error *error);

/* What a compaction filter may answer besides the size of a new value. */
enum { WOMBAT_FILTER_KEEP = -1, WOMBAT_FILTER_REMOVE = -2, WOMBAT_FILTER_FAIL = -3 };

/* Decides what becomes of an entry while tables are written, by flushes (level 0) and by compactions (the level they
 * write to): WOMBAT_FILTER_KEEP it, WOMBAT_FILTER_REMOVE it as a delete would, or change its value: then it writes the new one
 * into `buffer` when it has room for it, and returns its size; a size greater than `capacity` leads to a second call with
 * that much room. WOMBAT_FILTER_FAIL, or any other negative number, fails the flush or compaction, which is tried again
 * later; while flushes fail writers will have to wait. Asked about puts, those that expire included (without their time,
 * which stays), that every reader sees or a newer version of their key, snapshots and kept history included; not about
 * merges that are not worked out yet. An entry may be asked about often or, while it is not compacted, never. A snapshot
 * taken earlier may see what was removed or changed vanish or change. Called from any thread, several at a time; it must
 * not call Wombat. `keyspace` is a name without end zero. */
typedef int64_t (*wombat_filter_function)(void *user_data, const char *keyspace, size_t keyspace_size, int32_t level,
                                          const void *key, size_t key_size, const void *value, size_t value_size, void *buffer,
                                          size_t capacity);

/* Gives databases opened with `options` a compaction filter (NULL function: none, the default). It may change from one open
 * to the next. Option "compaction.filter_rules" has simple rules by prefix and age, for any language. `user_data` must stay
 * valid until these databases are closed. Errors: WOMBAT_NO_MEMORY, WOMBAT_CLOSED. */
wombat_status wombat_options_set_compaction_filter(wombat_options *options, wombat_filter_function function, void *user_data,
                                                   wombat_error *error);

/* Frees options. Databases opened with them keep their own copy. NULL is allowed. */
void wombat_options_destroy(wombat_options *options);

/* ----------------------------------------------------------------------------------------------------
 * Database
 * ---------------------------------------------------------------------------------------------------- */

typedef struct wombat_db wombat_db;

/* The path of a database in memory: the same engine without files, for tests and caches. Each open of it makes a new, empty
 * database, which is gone when it has been closed and what still reads it is freed. Nothing of it is durable.
 * "open.read_only" and wombat_destroy are WOMBAT_INVALID_ARGUMENT for it, as are longer paths that begin like it (put "./"
 * in front of a directory of such a name). */
#define WOMBAT_IN_MEMORY ":memory:"

/* Opens the database in directory `path` (UTF-8), by default creating it when missing (but not the directories
 * above it: WOMBAT_DOES_NOT_EXIST); recovers what an earlier process left behind. A directory with foreign
 * files and no database is WOMBAT_NOT_A_DATABASE. Options "open.create_if_missing", "open.fail_if_exists" and "open.read_only"
 * say what is expected. A read-only open writes nothing, takes no lock, and shows the database as it was at
 * that moment.
 * Errors: WOMBAT_DOES_NOT_EXIST, WOMBAT_ALREADY_EXISTS, WOMBAT_NOT_A_DATABASE, WOMBAT_LOCKED,
 * WOMBAT_PERMISSION_DENIED, WOMBAT_MISSING_FILE, WOMBAT_CORRUPTION, WOMBAT_FORMAT_VERSION,
 * WOMBAT_UNSUPPORTED, WOMBAT_IO_ERROR, WOMBAT_NO_SPACE, WOMBAT_NO_MEMORY. */
wombat_status wombat_open(const char *path, const wombat_options *options, wombat_db **db, wombat_error *error);

/* Closes a database: waits for calls inside, makes all acknowledged writes durable, ends background work.
 * Iterators, snapshots and pins that are still alive keep their memory and answer WOMBAT_CLOSED. The handle
 * is gone whatever the result; NULL is allowed.
 * Errors: the failure of the last sync; WOMBAT_CLOSED for a handle closed before. */
wombat_status wombat_close(wombat_db *db, wombat_error *error);

/* Removes the database in `path`: the files that Wombat can name as its own, then the directory when it is
 * empty. Foreign files stay.
 * Errors: WOMBAT_DOES_NOT_EXIST, WOMBAT_NOT_A_DATABASE, WOMBAT_LOCKED, WOMBAT_PERMISSION_DENIED,
 * WOMBAT_IO_ERROR. */
wombat_status wombat_destroy(const char *path, wombat_error *error);

/* Gives an option of an open database, or of a keyspace, as text, as wombat_options_get does. */
wombat_status wombat_get_option(wombat_db *db, const char *name, char *buffer, size_t capacity, size_t *length,
                                wombat_error *error);

/* Changes an option of an open database; only those that are mutable. Not stored: the next open uses its own
 * options. On the handle of a keyspace: that keyspace's own value (see wombat_keyspace_create), which is stored.
 * Errors: as wombat_options_set; WOMBAT_INVALID_ARGUMENT when the option is fixed while the database is open, or, on the
 * handle of a keyspace, belongs to the whole database.
 * */
wombat_status wombat_set_option(wombat_db *db, const char *name, const char *value, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Keyspaces: separate sets of keys in one database, each with its own tables and, for some options, its own values. They
 * share the log, so that one batch may write to several of them, and timestamps, so that a snapshot shows all of them
 * at one moment. The handle of wombat_open stands for the keyspace "default". Thousands are fine: one that nobody writes
 * to costs a few kilobytes. docs/keyspaces.md is the guide.
 *
 * A handle of a keyspace is a wombat_db like that of the database and goes wherever one goes. wombat_flush, wombat_wait
 * and wombat_verify do on it what they say to the keyspace alone, on the handle of the database to all keyspaces;
 * properties, wombat_report, wombat_approximate_size and wombat_compact_range are about the handle's keyspace.
 * What has to do with the database as a whole (wombat_sync, wombat_statistics, snapshots, the functions of this section)
 * is the same on any handle.
 * ---------------------------------------------------------------------------------------------------- */

/* Makes a keyspace. `name`: 1 to 255 bytes of UTF-8 without control characters. `options` (NULL: none): what was set in
 * them becomes the keyspace's own values, which are stored with it; what was not is as in the database at each open.
 * docs/configuration.md says which options a keyspace may have its own value of.
 * Errors: WOMBAT_ALREADY_EXISTS, WOMBAT_INVALID_ARGUMENT (the name; an option that belongs to the whole database),
 * WOMBAT_READ_ONLY, WOMBAT_NO_SPACE, WOMBAT_DEGRADED, WOMBAT_IO_ERROR, WOMBAT_NO_MEMORY, WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_keyspace_create(wombat_db *db, const char *name, const wombat_options *options, wombat_error *error);

/* Gives a handle of keyspace `name`. wombat_close closes it, and it alone; each open gives another handle. After
 * wombat_close of the handle of the database it answers WOMBAT_CLOSED, and is still closed by its own wombat_close.
 * Errors: WOMBAT_DOES_NOT_EXIST, WOMBAT_CLOSED, WOMBAT_NO_MEMORY. Threads: any. */
wombat_status wombat_keyspace_open(wombat_db *db, const char *name, wombat_db **keyspace, wombat_error *error);

/* Writes the names of all keyspaces into `buffer`, a line end behind each, "default" first, the others in order;
 * `*length` becomes the length.
 * Returns: WOMBAT_OK, WOMBAT_BUFFER_TOO_SMALL. Errors: WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_keyspace_list(wombat_db *db, char *buffer, size_t capacity, size_t *length, wombat_error *error);

/* Gives keyspace `name` another name. Handles, iterators and batches of it stay as they are. "default" keeps its name.
 * Errors: WOMBAT_DOES_NOT_EXIST, WOMBAT_ALREADY_EXISTS, and as wombat_keyspace_create. Threads: any. */
wombat_status wombat_keyspace_rename(wombat_db *db, const char *name, const char *new_name, wombat_error *error);

/* Removes keyspace `name` with all that is in it, under snapshots as well, at once and for good. Its handles then answer
 * WOMBAT_DROPPED, as do writes of batches that name it; iterators and pins go on with what they hold, and the space on
 * the disk is given back when they have let go of it. "default" cannot be dropped.
 * Errors: WOMBAT_DOES_NOT_EXIST, and as wombat_keyspace_create. After WOMBAT_NO_SPACE the keyspace is there, but may refuse
 * writes with WOMBAT_NO_SPACE until there is space on the disk or it is dropped. Threads: any. */
wombat_status wombat_keyspace_drop(wombat_db *db, const char *name, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Writing
 * ---------------------------------------------------------------------------------------------------- */

/* When a write is acknowledged; wombat_write_options.sync. */
enum {
  WOMBAT_SYNC_DEFAULT = 0, /* as option "wal.sync" says */
  WOMBAT_SYNC_ALWAYS = 1,  /* when it is durable */
  WOMBAT_SYNC_NEVER = 2    /* when the operating system has it: survives the process, not loss of power */
};

/* Flags of wombat_write_options. */
enum {
  WOMBAT_WRITE_NO_WAIT = 1 /* answer WOMBAT_BUSY where the write would be delayed because background work is behind */
};

typedef struct wombat_write_options {
  size_t size;
  uint32_t flags;
  int32_t sync;        /* WOMBAT_SYNC_... */
  uint64_t timeout_us; /* longest wait for background work; 0: no limit. WOMBAT_TIMED_OUT: nothing was written */
  uint64_t ttl_ms;     /* puts of this write are absent again after so many milliseconds; 0: as option "ttl.default_ms"
                          says; WOMBAT_TTL_NONE: never. Other operations ignore it */
} wombat_write_options;

/* A put that stays, whatever option "ttl.default_ms" says. */
#define WOMBAT_TTL_NONE UINT64_MAX

/* What a wombat_write_options begins as. */
#define WOMBAT_WRITE_OPTIONS_INIT \
  { sizeof(wombat_write_options), 0, WOMBAT_SYNC_DEFAULT, 0, 0 }

/* Stores `value` under `key`, replacing what was there. With a time to live it has at most WOMBAT_VALUE_SIZE_MAX - 8
 * bytes, and is gone when that has passed on the wall clock, for snapshots as well.
 * Errors: WOMBAT_TOO_LARGE, WOMBAT_NO_SPACE, WOMBAT_TIMED_OUT, WOMBAT_BUSY, WOMBAT_READ_ONLY,
 * WOMBAT_DEGRADED, WOMBAT_IO_ERROR, WOMBAT_NO_MEMORY, WOMBAT_CLOSED, WOMBAT_FORKED. After a failure the write
 * is either absent or (WOMBAT_DEGRADED, WOMBAT_IO_ERROR) in doubt until the database is reopened. Threads:
 * any. */
wombat_status wombat_put(wombat_db *db, const void *key, size_t key_size, const void *value, size_t value_size,
                         const wombat_write_options *options, wombat_error *error);

/* Removes `key`; OK as well when it was absent. Errors: as wombat_put. Threads: any. */
wombat_status wombat_delete(wombat_db *db, const void *key, size_t key_size, const wombat_write_options *options,
                            wombat_error *error);

/* Removes all keys from `lower` (included) up to `upper` (excluded); NULL: no bound on that side. Costs the same
 * however many there are; their space comes back with compactions, whole tables at once. It does not wait for locks: a
 * transaction that has locked a key in the range is told of the conflict, at its commit if not before.
 * Errors: as wombat_put; WOMBAT_INVALID_ARGUMENT when `lower` is not less than `upper`. Threads: any. */
wombat_status wombat_delete_range(wombat_db *db, const void *lower, size_t lower_size, const void *upper, size_t upper_size,
                                  const wombat_write_options *options, wombat_error *error);

/* Changes the value of `key` without reading it: readers find what the operator makes of it. Operators that every
 * database has; integers and reals are little-endian, with operands of 8 bytes, and where the key is absent the operand
 * becomes the value:
 *   int64_add (wraps around)   int64_min   int64_max   double_add   double_min   double_max
 *   bytes_min   bytes_max      the lesser, the greater in the order of keys
 *   append   append:SEP        behind the value; with SEP between the two
 *   bit_or                     the shorter one is as if zeros followed
 *   set_if_absent              stays as it is where there is a value
 * wombat_options_set_merge_operator adds others. Where the value below expires, merges apply to nothing from then on.
 * Errors: as wombat_put; WOMBAT_INVALID_ARGUMENT for an operator that is not known or an operand that it does not take.
 * Where the value does not fit, reads of the key answer WOMBAT_MERGE_FAILED until it is put or deleted. Threads: any. */
wombat_status wombat_merge(wombat_db *db, const char *operator_name, const void *key, size_t key_size, const void *operand,
                           size_t operand_size, const wombat_write_options *options, wombat_error *error);

/* A list of operations that is committed as one. */
typedef struct wombat_batch wombat_batch;

/* Creates an empty batch; free with wombat_batch_destroy. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_batch_create(wombat_batch **batch, wombat_error *error);

/* Adds a put. Later operations on a key win over earlier ones. Errors: WOMBAT_TOO_LARGE, WOMBAT_NO_MEMORY;
 * the batch is then as before. */
wombat_status wombat_batch_put(wombat_batch *batch, const void *key, size_t key_size, const void *value, size_t value_size,
                               wombat_error *error);

/* Adds a delete. Errors: as wombat_batch_put. */
wombat_status wombat_batch_delete(wombat_batch *batch, const void *key, size_t key_size, wombat_error *error);

/* Adds a put that expires `ttl_ms` milliseconds from now; WOMBAT_TTL_NONE: that never does; 0: as wombat_batch_put.
 * Errors: as wombat_batch_put. */
wombat_status wombat_batch_put_ttl(wombat_batch *batch, const void *key, size_t key_size, const void *value, size_t value_size,
                                   uint64_t ttl_ms, wombat_error *error);

/* Adds a put that expires at a time of the wall clock, microseconds since 1970, as wombat_get_expiry gives it; 0: that never
 * does. With a time that has passed it hides what was there like a delete. Errors: as wombat_batch_put. */
wombat_status wombat_batch_put_until(wombat_batch *batch, const void *key, size_t key_size, const void *value, size_t value_size,
                                     uint64_t expires_at_us, wombat_error *error);

/* Adds a merge, see wombat_merge. Merges apply to what earlier operations of the batch have left. Errors: as
 * wombat_batch_put; WOMBAT_INVALID_ARGUMENT as wombat_merge (an operator that is not built in is looked for when the
 * batch is written). */
wombat_status wombat_batch_merge(wombat_batch *batch, const char *operator_name, const void *key, size_t key_size,
                                 const void *operand, size_t operand_size, wombat_error *error);

/* Adds a range delete, see wombat_delete_range. It takes back what earlier operations of the batch do in the range, and
 * not what later ones do. Errors: as wombat_batch_put; WOMBAT_INVALID_ARGUMENT when `lower` is not less than `upper`. */
wombat_status wombat_batch_delete_range(wombat_batch *batch, const void *lower, size_t lower_size, const void *upper,
                                        size_t upper_size, wombat_error *error);

/* Adds many operations at once: `operations` is a sequence of { kind u8 (0 delete, 1 put), 3 zero bytes, key
 * size u32, value size u32 (0 for a delete), key, value }, integers little-endian, no padding. All or
 * nothing.
 * Errors: WOMBAT_INVALID_ARGUMENT (says at which byte), WOMBAT_TOO_LARGE, WOMBAT_NO_MEMORY. */
wombat_status wombat_batch_add_packed(wombat_batch *batch, const void *operations, size_t operations_size, wombat_error *error);

/* Says where operations that are added from now on belong: to the keyspace of this handle, whatever handle the batch is
 * written with; NULL: to that of the handle given to wombat_write, as in a new batch. The batch can be written to the
 * database of `keyspace` alone. Errors: WOMBAT_DROPPED, WOMBAT_CLOSED, WOMBAT_NO_MEMORY. */
wombat_status wombat_batch_use_keyspace(wombat_batch *batch, wombat_db *keyspace, wombat_error *error);

/* Removes all operations and savepoints; the next ones belong to the keyspace of the handle given to wombat_write. */
wombat_status wombat_batch_clear(wombat_batch *batch, wombat_error *error);

/* Returns the number of operations; 0 for NULL. */
size_t wombat_batch_count(const wombat_batch *batch);

/* Returns the bytes that the batch will take in the log; 0 for NULL. */
size_t wombat_batch_size(const wombat_batch *batch);

/* Marks the present end of the batch. Savepoints nest. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_batch_set_savepoint(wombat_batch *batch, wombat_error *error);

/* Drops what was added since the newest savepoint, and that savepoint. Returns: WOMBAT_OK; WOMBAT_NOT_FOUND
 * without a savepoint. */
wombat_status wombat_batch_rollback_to_savepoint(wombat_batch *batch, wombat_error *error);

/* Forgets the newest savepoint and keeps the operations. Returns: WOMBAT_OK; WOMBAT_NOT_FOUND without a
 * savepoint. */
wombat_status wombat_batch_release_savepoint(wombat_batch *batch, wombat_error *error);

/* Frees a batch. NULL is allowed. */
void wombat_batch_destroy(wombat_batch *batch);

/* Commits a batch: all of it or nothing, in all keyspaces, visible to others at once. The batch stays as it is and may
 * be used again. An empty batch is OK.
 * Errors: as wombat_put; WOMBAT_DROPPED when one of its keyspaces was dropped, WOMBAT_INVALID_ARGUMENT when one belongs
 * to another database: nothing was written then. */
wombat_status wombat_write(wombat_db *db, const wombat_batch *batch, const wombat_write_options *options, wombat_error *error);

/* Commits packed operations (see wombat_batch_add_packed) without a batch object. Errors: as
 * wombat_batch_add_packed and wombat_put. */
wombat_status wombat_write_packed(wombat_db *db, const void *operations, size_t operations_size,
                                  const wombat_write_options *options, wombat_error *error);

/* Makes every write that was acknowledged before this call durable. Errors: WOMBAT_DEGRADED, WOMBAT_IO_ERROR,
 * WOMBAT_READ_ONLY. */
wombat_status wombat_sync(wombat_db *db, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Reading
 * ---------------------------------------------------------------------------------------------------- */

/* A consistent view of the database as it was at one moment. */
typedef struct wombat_snapshot wombat_snapshot;

/* Takes a snapshot; free with wombat_snapshot_release. While it lives, what it shows is kept. Errors:
 * WOMBAT_NO_MEMORY, WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_snapshot_create(wombat_db *db, wombat_snapshot **snapshot, wombat_error *error);

/* Returns the commit timestamp that a snapshot shows; 0 for NULL or a closed database. Threads: any. */
uint64_t wombat_snapshot_timestamp(const wombat_snapshot *snapshot);

/* Frees a snapshot. NULL is allowed. Threads: any. */
void wombat_snapshot_release(wombat_snapshot *snapshot);

/* Gives the timestamp of the newest commit that readers see; wombat_read_options.as_of_timestamp takes it. Errors:
 * WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_commit_timestamp(wombat_db *db, uint64_t *timestamp, wombat_error *error);

/* Flags of wombat_read_options and wombat_iterator_options. */
enum {
  WOMBAT_READ_KEEP_CACHE = 1, /* do not let this read push other blocks out of the cache */
  WOMBAT_READ_KEYS_ONLY = 2,  /* iterators: values are not wanted and come out empty. Others ignore it */
  WOMBAT_READ_LAZY_VALUES = 4 /* iterators: values in value files stay there: NULL comes out, with their size, and
                                 wombat_iterator_value reads one. Others ignore it */
};

typedef struct wombat_read_options {
  size_t size;
  uint32_t flags;
  uint32_t reserved;
  const wombat_snapshot *snapshot; /* NULL: the newest state */
  uint64_t timeout_us;             /* multi_get: longest time, then WOMBAT_TIMED_OUT; 0: no limit. Others ignore it */
  uint64_t as_of_timestamp;        /* the state after that commit, while option "history.retention_s" keeps it; 0: not */
  uint64_t as_of_time_us;          /* the state at that time, microseconds since 1970, to within 0.1 s; 0: not */
} wombat_read_options;

/* What a wombat_read_options begins as. */
#define WOMBAT_READ_OPTIONS_INIT \
  { sizeof(wombat_read_options), 0, 0, NULL, 0, 0, 0 }

/* Copies the value of `key` into `buffer`. `*value_size` becomes its size, also when the buffer is too small.
 * Returns: WOMBAT_OK, WOMBAT_NOT_FOUND, WOMBAT_BUFFER_TOO_SMALL (nothing copied).
 * Errors: WOMBAT_CORRUPTION, WOMBAT_IO_ERROR, WOMBAT_NO_MEMORY, WOMBAT_TOO_LARGE, WOMBAT_TOO_OLD (the state asked for is
 * not kept any more), WOMBAT_MERGE_FAILED, WOMBAT_UNSUPPORTED (a merge whose operator is not known), WOMBAT_DROPPED,
 * WOMBAT_CLOSED, WOMBAT_FORKED. Threads: any. */
wombat_status wombat_get(wombat_db *db, const void *key, size_t key_size, const wombat_read_options *options, void *buffer,
                         size_t capacity, size_t *value_size, wombat_error *error);

/* Reads a part of the value of `key`: up to `capacity` bytes from `offset` on; `*part_size` becomes how many, fewer at the end
 * of the value and none behind it, `*value_size` the size of the whole value. Of a long value in a value file only the part is
 * read. Returns: WOMBAT_OK or WOMBAT_NOT_FOUND. Errors: as wombat_get. Threads: any. */
wombat_status wombat_get_part(wombat_db *db, const void *key, size_t key_size, uint64_t offset,
                              const wombat_read_options *options, void *buffer, size_t capacity, size_t *part_size,
                              uint64_t *value_size, wombat_error *error);

/* Tells whether `key` is present. Returns: WOMBAT_OK or WOMBAT_NOT_FOUND. Errors: as wombat_get. Threads:
 * any. */
wombat_status wombat_exists(wombat_db *db, const void *key, size_t key_size, const wombat_read_options *options,
                            wombat_error *error);

/* Tells when the value of `key` expires: `*expires_at_us` becomes the time of the wall clock, microseconds since 1970; 0: never.
 * Where merges lie on a value that expires it is the time of that value; the key stays, for what the merges make of nothing.
 * Returns: WOMBAT_OK; WOMBAT_NOT_FOUND, also when it has expired. Errors: as wombat_get. Threads: any. */
wombat_status wombat_get_expiry(wombat_db *db, const void *key, size_t key_size, const wombat_read_options *options,
                                uint64_t *expires_at_us, wombat_error *error);

/* Keeps values so that they can be read without memory of the caller: in place, without a copy; of many keys at once
 * the small ones in the pin. Create one and use it again and again. */
typedef struct wombat_pin wombat_pin;

/* Creates an empty pin; free with wombat_pin_destroy. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_pin_create(wombat_pin **pin, wombat_error *error);

/* Lets go of what the pin holds. Its values may no longer be read. NULL is allowed. */
void wombat_pin_release(wombat_pin *pin);

/* Releases and frees a pin. NULL is allowed. */
void wombat_pin_destroy(wombat_pin *pin);

/* Gives the value of `key` in what the pin keeps. `*value` is valid until the pin is used again, released or
 * destroyed, also after the database was closed; what the pin held before is released. Returns and errors: as
 * wombat_get. */
wombat_status wombat_get_pinned(wombat_db *db, const void *key, size_t key_size, const wombat_read_options *options,
                                wombat_pin *pin, const void **value, size_t *value_size, wombat_error *error);

/* Looks up `count` keys at one moment. For key i, `statuses[i]` becomes WOMBAT_OK, WOMBAT_NOT_FOUND or a
 * failure, and `values[i]`, `value_sizes[i]` the value, valid as in wombat_get_pinned. Much faster than
 * single calls when the keys are many.
 * Only `options` and `error` may be NULL.
 * Returns: WOMBAT_OK when every key was answered, found or not; else the first failure. WOMBAT_TIMED_OUT when
 * the time limit of the options passed first. */
wombat_status wombat_multi_get(wombat_db *db, size_t count, const void *const *keys, const size_t *key_sizes,
                               const wombat_read_options *options, wombat_pin *pin, const void **values, size_t *value_sizes,
                               wombat_status *statuses, wombat_error *error);

/* Looks up packed keys: `keys` is a sequence of { key size u32, key }. Writes for each key, in order, {
 * status i32, value size u32, value } into `buffer`; integers little-endian, no padding. `*used` becomes the
 * bytes written, `*done` the keys answered: fewer than asked when the buffer is full; ask again for the rest.
 * All keys of one call are looked up at one moment; use a snapshot for several calls.
 * Returns: WOMBAT_OK; WOMBAT_BUFFER_TOO_SMALL when not even one key fits, `*used` then says how much that one
 * needs.
 * Errors: WOMBAT_INVALID_ARGUMENT for malformed keys (says at which byte); as wombat_get. */
wombat_status wombat_multi_get_packed(wombat_db *db, const void *keys, size_t keys_size, const wombat_read_options *options,
                                      void *buffer, size_t capacity, size_t *used, size_t *done, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Iterating
 * ---------------------------------------------------------------------------------------------------- */

/* A cursor over the rows of a database in key order, at one moment. */
typedef struct wombat_iterator wombat_iterator;

typedef struct wombat_iterator_options {
  size_t size;
  uint32_t flags; /* WOMBAT_READ_... */
  uint32_t reserved;
  const wombat_snapshot *snapshot; /* NULL: the state when the iterator is created */
  const void *lower;               /* first key that may be shown; NULL: no bound */
  size_t lower_size;
  const void *upper; /* first key that is not shown any more; NULL: no bound */
  size_t upper_size;
  const void *prefix; /* only keys that begin with this; together with bounds the narrower counts; NULL: all */
  size_t prefix_size;
  size_t readahead_size;    /* bytes read ahead from files; 0: as option "io.readahead_size" says */
  uint64_t as_of_timestamp; /* as in wombat_read_options */
  uint64_t as_of_time_us;
} wombat_iterator_options;

/* What a wombat_iterator_options begins as. */
#define WOMBAT_ITERATOR_OPTIONS_INIT \
  { sizeof(wombat_iterator_options), 0, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0 }

/* Creates an iterator that stands before the first row; free with wombat_iterator_destroy. It shows the same
 * moment for all its life.
 * Errors: WOMBAT_INVALID_ARGUMENT (lower above upper), WOMBAT_TOO_OLD, WOMBAT_NO_MEMORY, WOMBAT_DROPPED, WOMBAT_CLOSED. */
wombat_status wombat_iterator_create(wombat_db *db, const wombat_iterator_options *options, wombat_iterator **iterator,
                                     wombat_error *error);

/* The moves. Each gives the row that it comes to; `*key` and `*value` are valid until the next call on the
 * iterator.
 * Returns: WOMBAT_OK; WOMBAT_END when there is no such row within bounds and prefix (a target outside of them
 * means their edge). next() behind the last row stays at the end,
 * prev() from there gives the last row, and the other way round. On a new iterator next() gives the first
 * row, prev() the last.
 * Errors: WOMBAT_CORRUPTION, WOMBAT_IO_ERROR, WOMBAT_MERGE_FAILED, WOMBAT_UNSUPPORTED, WOMBAT_NO_MEMORY, WOMBAT_CLOSED,
 * WOMBAT_FORKED. */

/* Moves to the first row. */
wombat_status wombat_iterator_first(wombat_iterator *iterator, const void **key, size_t *key_size, const void **value,
                                    size_t *value_size, wombat_error *error);

/* Moves to the last row. */
wombat_status wombat_iterator_last(wombat_iterator *iterator, const void **key, size_t *key_size, const void **value,
                                   size_t *value_size, wombat_error *error);

/* Moves to the first row whose key is `target` or greater. */
wombat_status wombat_iterator_seek(wombat_iterator *iterator, const void *target, size_t target_size, const void **key,
                                   size_t *key_size, const void **value, size_t *value_size, wombat_error *error);

/* Moves to the last row whose key is `target` or less. */
wombat_status wombat_iterator_seek_for_prev(wombat_iterator *iterator, const void *target, size_t target_size, const void **key,
                                            size_t *key_size, const void **value, size_t *value_size, wombat_error *error);

/* Moves to the row behind the present one. */
wombat_status wombat_iterator_next(wombat_iterator *iterator, const void **key, size_t *key_size, const void **value,
                                   size_t *value_size, wombat_error *error);

/* Moves to the row before the present one. */
wombat_status wombat_iterator_prev(wombat_iterator *iterator, const void **key, size_t *key_size, const void **value,
                                   size_t *value_size, wombat_error *error);

/* Directions of wombat_iterator_read_batch. */
enum { WOMBAT_FORWARD = 0, WOMBAT_BACKWARD = 1 };

/* Moves on and writes the rows it comes to into `buffer`, as { key size u32, value size u32, key, value },
 * integers little-endian, no padding, until `row_count_max` rows are written (0: no limit), the buffer is
 * full, or the end is reached. `*used` becomes the bytes written, `*row_count` the rows. The iterator then
 * stands on the last row written.
 * Returns: WOMBAT_OK with at least one row; WOMBAT_END without rows; WOMBAT_BUFFER_TOO_SMALL when the next
 * row alone does not fit: `*used` then says what it needs, and the iterator has not moved. Errors: as for the
 * moves; rows before a failure are delivered first. */
wombat_status wombat_iterator_read_batch(wombat_iterator *iterator, int32_t direction, size_t row_count_max, void *buffer,
                                         size_t capacity, size_t *used, size_t *row_count, wombat_error *error);

/* Shows the value of the row that the iterator stands on, without moving: what WOMBAT_READ_LAZY_VALUES left in a value file is
 * read now. The value is valid until the iterator moves or ends. After a failure the iterator stands where it stood.
 * Returns: WOMBAT_OK; WOMBAT_END when it stands on no row, or has come to it by wombat_iterator_read_batch. Errors: as for the
 * moves. */
wombat_status wombat_iterator_value(wombat_iterator *iterator, const void **value, size_t *value_size, wombat_error *error);

/* Tells when the row that the iterator stands on expires, as wombat_get_expiry does, without moving. A row that is shown stays
 * shown when its time comes: then the time has passed. Of an iterator of a transaction also rows that it has written itself.
 * Returns: WOMBAT_OK; WOMBAT_END when it stands on no row. Errors: WOMBAT_CLOSED, WOMBAT_FORKED; as wombat_txn_get. */
wombat_status wombat_iterator_expiry(wombat_iterator *iterator, uint64_t *expires_at_us, wombat_error *error);

/* Frees an iterator. NULL is allowed. */
void wombat_iterator_destroy(wombat_iterator *iterator);

/* ----------------------------------------------------------------------------------------------------
 * Maintenance. These calls may take long: they report progress, can be cancelled and have a time limit.
 * ---------------------------------------------------------------------------------------------------- */

/* Asks a running call to stop; for use from another thread. */
typedef struct wombat_cancel wombat_cancel;

/* Creates a cancel handle; free with wombat_cancel_destroy. Errors: WOMBAT_NO_MEMORY. */
wombat_status wombat_cancel_create(wombat_cancel **cancel, wombat_error *error);

/* Asks every call that was given `cancel` to stop soon with WOMBAT_CANCELLED. Stays in force. Threads: any.
 * */
wombat_status wombat_cancel_request(wombat_cancel *cancel, wombat_error *error);

/* Frees a cancel handle. NULL is allowed; calls that still use it go on unharmed. */
void wombat_cancel_destroy(wombat_cancel *cancel);

/* Told on the calling thread how far a long call is: `done` of `total` bytes (total 0: not known), at most some
 * fifty times a second. A result other than 0 cancels the call. */
typedef int32_t (*wombat_progress_function)(void *user_data, uint64_t done, uint64_t total);

typedef struct wombat_task_options {
  size_t size;
  uint64_t timeout_us;               /* WOMBAT_TIMED_OUT after that long; 0: no limit. Background work goes on */
  wombat_cancel *cancel;             /* NULL: none */
  wombat_progress_function progress; /* NULL: none */
  void *user_data;
} wombat_task_options;

/* What a wombat_task_options begins as. */
#define WOMBAT_TASK_OPTIONS_INIT \
  { sizeof(wombat_task_options), 0, NULL, NULL, NULL }

/* Writes what is in memory to tables and waits for it. Not needed for durability. Errors: WOMBAT_TIMED_OUT,
 * WOMBAT_CANCELLED, WOMBAT_NO_SPACE, WOMBAT_IO_ERROR, WOMBAT_READ_ONLY, WOMBAT_DEGRADED. Threads: any. */
wombat_status wombat_flush(wombat_db *db, const wombat_task_options *options, wombat_error *error);

/* Rewrites all keys from `lower` to `upper` (both included; NULL: no bound) into the deepest level, dropping
 * what was overwritten or deleted and no snapshot needs. Begins like wombat_sync: all that was acknowledged before the call,
 * to whatever keyspace, is durable when it returns WOMBAT_OK; the failure of that sync is the answer, and nothing is rewritten.
 * A time limit or a cancel that comes while the sync waits for the device counts after it. Errors: as wombat_flush.
 * Threads: any. */
wombat_status wombat_compact_range(wombat_db *db, const void *lower, size_t lower_size, const void *upper, size_t upper_size,
                                   const wombat_task_options *options, wombat_error *error);

/* Holds compactions of all keyspaces back until wombat_compaction_resume was called as often as this. Waits for those that
 * run in the background; when that ends early (a failure, the time limit) nothing is paused. Flushes go on, and so does
 * wombat_compact_range, which works on the calling thread. Runs collect in level 0 meanwhile: from
 * "compaction.max_sstables" on writers are slowed down, at "compaction.stall_sstables" writes that need a new memtable
 * answer WOMBAT_BUSY. Not kept over a close. Errors: as wombat_flush. Threads: any. */
wombat_status wombat_compaction_pause(wombat_db *db, const wombat_task_options *options, wombat_error *error);

/* Undoes one wombat_compaction_pause. Errors: WOMBAT_INVALID_ARGUMENT when compactions are not paused. Threads: any. */
wombat_status wombat_compaction_resume(wombat_db *db, wombat_error *error);

/* Waits until no background work is running or due, including what is done when nobody writes (option
 * "compaction.rest_after_ms"); while compactions are paused, of flushes only. Tables that were replaced are gone then,
 * unless an iterator or a pin still reads them.
 * Errors: WOMBAT_TIMED_OUT, WOMBAT_CANCELLED, the failure of that work. Threads: any. */
wombat_status wombat_wait(wombat_db *db, const wombat_task_options *options, wombat_error *error);

/* Reads every file of the database and checks every checksum, the order within and between levels, and the
 * counts.
 * Errors: WOMBAT_CORRUPTION naming file and offset, WOMBAT_MISSING_FILE, WOMBAT_IO_ERROR, WOMBAT_TIMED_OUT,
 * WOMBAT_CANCELLED. Threads: any. */
wombat_status wombat_verify(wombat_db *db, const wombat_task_options *options, wombat_error *error);

/* Gives space of value files back (see option "value_log.threshold"): what is still needed of those of which at least
 * `dead_percent` (0 to 100) is dead is written again elsewhere, and they are removed as soon as no snapshot, iterator or pin
 * reads them. Done in the background as well, see option "value_log.reclaim_ratio". What is overwritten counts as dead when a
 * compaction has found it: for all of it call wombat_compact_range first. On success those that nothing needs any more are gone:
 * background work that still holds them is waited for, readers of the program are not. About the whole database, whatever the
 * handle.
 * Errors: as wombat_flush; WOMBAT_INVALID_ARGUMENT; WOMBAT_BUSY while compactions are paused. Threads: any. */
wombat_status wombat_reclaim(wombat_db *db, uint32_t dead_percent, const wombat_task_options *options, wombat_error *error);

/* Removes log files whose contents are all in tables (done by itself in the background as well). `*removed`
 * becomes their number. Threads: any. */
wombat_status wombat_clean_up_logs(wombat_db *db, uint64_t *removed, wombat_error *error);

/* Estimates the bytes of file that the keys from `lower` to `upper` (excluded) take; NULL: no bound. Threads:
 * any. */
wombat_status wombat_approximate_size(wombat_db *db, const void *lower, size_t lower_size, const void *upper, size_t upper_size,
                                      uint64_t *size, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Bulk loading: tables are built outside of the database from sorted entries, by any number of threads and processes, and
 * taken in by it at once, without being merged. docs/bulk-loading.md tells when that is worth while.
 * ---------------------------------------------------------------------------------------------------- */

typedef struct wombat_builder wombat_builder;

/* Begins a table file at `path`, where there must be none, in a directory that exists. Of `options` (NULL: defaults)
 * those count that say how tables are written: table.block_size, filter.bits_per_key and compression.*, of
 * compression.per_level the last element. No database is needed. The file belongs to no database until one takes it in; any
 * may, and several.
 * Errors: WOMBAT_ALREADY_EXISTS, WOMBAT_DOES_NOT_EXIST, WOMBAT_INVALID_ARGUMENT for a name that databases give to files of
 * their own (NNNNNN.table), WOMBAT_PERMISSION_DENIED, WOMBAT_NO_SPACE, WOMBAT_IO_ERROR. Threads: any; a builder is used by
 * one at a time. */
wombat_status wombat_builder_open(const char *path, const wombat_options *options, wombat_builder **builder, wombat_error *error);

/* Adds an entry. Keys must ascend, each only once.
 * Errors: WOMBAT_INVALID_ARGUMENT, naming both keys, when `key` does not come after the one before: nothing was added, and
 * the builder goes on; so with WOMBAT_TOO_LARGE. After others (WOMBAT_NO_SPACE, WOMBAT_IO_ERROR) it answers nothing else. */
wombat_status wombat_builder_put(wombat_builder *builder, const void *key, size_t key_size, const void *value, size_t value_size,
                                 wombat_error *error);

/* Adds a put that expires at a time of the wall clock, microseconds since 1970, as wombat_get_expiry gives it; 0: that
 * never does. Errors: as wombat_builder_put. */
wombat_status wombat_builder_put_until(wombat_builder *builder, const void *key, size_t key_size, const void *value,
                                       size_t value_size, uint64_t expires_at_us, wombat_error *error);

/* Adds a delete: the key is absent when the file has been taken in. Errors: as wombat_builder_put. */
wombat_status wombat_builder_delete(wombat_builder *builder, const void *key, size_t key_size, wombat_error *error);

/* Tells how many entries were added, and about how large the file would be if it was finished now (or is). Outputs may be
 * NULL. Errors: WOMBAT_CLOSED. */
wombat_status wombat_builder_size(wombat_builder *builder, uint64_t *entries, uint64_t *bytes, wombat_error *error);

/* Ends the file and makes it durable. Errors: WOMBAT_INVALID_ARGUMENT when there are no entries or it is finished already,
 * WOMBAT_NO_SPACE, WOMBAT_IO_ERROR. */
wombat_status wombat_builder_finish(wombat_builder *builder, wombat_error *error);

/* Frees a builder; one that was not finished removes its file. NULL is allowed. */
void wombat_builder_destroy(wombat_builder *builder);

/* wombat_ingest: the files are removed when they have been taken in; one that cannot be is left, and the log says so. */
#define WOMBAT_INGEST_REMOVE_FILES 1u

/* Takes `count` files of builders into the keyspace of `db`. All of them become visible in the same moment, as one commit:
 * who reads an older snapshot sees none of it, transactions that have read one of the keys, or an absent one among them,
 * answer WOMBAT_CONFLICT. The entries replace what is there under their keys. Each file is checked in full and copied
 * into the database's directory while everything goes on; only the entry itself holds up other writers, for as long as it
 * takes to sync log and manifest (and, when they keep on writing keys in between, to flush these). Durable when the call
 * returns, as is every commit before. As range deletes do, it neither takes locks nor waits for them. All or nothing; after
 * a failure the files are as they were, and none of them was taken in; after WOMBAT_NO_MEMORY, WOMBAT_NO_SPACE and
 * WOMBAT_IO_ERROR all of them may have been, which is then seen at the latest with the next write or open.
 * `options` is as for wombat_flush; its `done` counts bytes.
 * Errors: WOMBAT_INVALID_ARGUMENT when the key ranges of two files overlap; WOMBAT_CORRUPTION for damage, and for what no
 * builder made; WOMBAT_MISSING_FILE; WOMBAT_FORMAT_VERSION; WOMBAT_CONFLICT when a prepared transaction claims a key in a
 * file's range; WOMBAT_BUSY while compactions are paused and level 0 is full; WOMBAT_TIMED_OUT, WOMBAT_CANCELLED,
 * WOMBAT_NO_SPACE, WOMBAT_IO_ERROR, WOMBAT_READ_ONLY, WOMBAT_DEGRADED. Threads: any. */
wombat_status wombat_ingest(wombat_db *db, const char *const *paths, size_t count, uint32_t flags,
                            const wombat_task_options *options, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Transactions: work on several keys, ranges and keyspaces that happens as if nothing else went on meanwhile.
 * docs/transactions.md says which isolation level permits what.
 *
 * A transaction reads the database as it was when it began, and its own writes on top; nobody sees these before it
 * commits. When it commits, Wombat looks whether another commit has changed what it has read since it began: a key, an
 * absent key, or a range that an iterator went over. If so, the commit answers WOMBAT_CONFLICT, nothing is written, and
 * the work is to be done again from the start: wombat_txn_run does that by itself. Writes outside of transactions count
 * as transactions of one operation.
 *
 * In all of these functions `keyspace` says which keyspace a call is about; NULL: the one of the handle that the
 * transaction was begun with. A transaction and its iterators are used by one thread at a time; a second one at the
 * same moment is answered with WOMBAT_IN_USE. After commit, rollback and WOMBAT_TIMED_OUT of the transaction calls
 * answer WOMBAT_TXN_ENDED.
 * ---------------------------------------------------------------------------------------------------- */

typedef struct wombat_txn wombat_txn;

/* Isolation levels; wombat_txn_options.isolation. */
enum {
  WOMBAT_ISOLATION_DEFAULT = 0, /* as option "txn.isolation" says: serializable, unless it was changed */
  WOMBAT_SERIALIZABLE = 1,      /* as if transactions ran one after another, in the order of their commits */
  WOMBAT_SNAPSHOT = 2,          /* reads are of one moment; of two that write the same key one fails. Permits write skew */
  WOMBAT_READ_COMMITTED = 3     /* each read sees what is committed by then; of two writes of a key the later one stands */
};

/* Flags of wombat_txn_options. */
enum {
  WOMBAT_TXN_READ_ONLY = 1,  /* writes are refused; never waits, never conflicts */
  WOMBAT_TXN_PESSIMISTIC = 2 /* locks the keys that it writes, and those of wombat_txn_get_for_update, until it ends */
};

typedef struct wombat_txn_options {
  size_t size;
  int32_t isolation;        /* WOMBAT_SERIALIZABLE ... */
  uint32_t flags;           /* WOMBAT_TXN_... */
  uint64_t timeout_us;      /* the whole transaction: calls after that answer WOMBAT_TIMED_OUT and it ends; 0: as option
                               "txn.timeout_ms" says; UINT64_MAX: no limit */
  uint64_t lock_timeout_us; /* longest wait for one lock, then WOMBAT_TIMED_OUT; 0: as option "txn.lock_timeout_ms" says */
  uint64_t size_max;        /* bytes of memory for what it reads and writes, then WOMBAT_TOO_LARGE; 0: "txn.max_size" */
} wombat_txn_options;

/* What a wombat_txn_options begins as. */
#define WOMBAT_TXN_OPTIONS_INIT \
  { sizeof(wombat_txn_options), WOMBAT_ISOLATION_DEFAULT, 0, 0, 0, 0 }

/* Begins a transaction; free with wombat_txn_destroy, which rolls back what was not committed.
 * Errors: WOMBAT_INVALID_ARGUMENT, WOMBAT_READ_ONLY for one that writes, WOMBAT_NO_MEMORY, WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_txn_begin(wombat_db *db, const wombat_txn_options *options, wombat_txn **txn, wombat_error *error);

/* Copies the value of `key` as the transaction sees it into `buffer`, as wombat_get does. Returns: WOMBAT_OK,
 * WOMBAT_NOT_FOUND, WOMBAT_BUFFER_TOO_SMALL. Errors: as wombat_get; WOMBAT_TXN_ENDED, WOMBAT_IN_USE, WOMBAT_TIMED_OUT,
 * WOMBAT_TOO_LARGE. */
wombat_status wombat_txn_get(wombat_txn *txn, wombat_db *keyspace, const void *key, size_t key_size, void *buffer,
                             size_t capacity, size_t *value_size, wombat_error *error);

/* wombat_txn_get of a key that the transaction is going to write: no other may change it between this read and the
 * commit, at any isolation level. A pessimistic transaction locks the key and waits for whoever holds it. An optimistic
 * one is told at its commit.
 * Errors: also WOMBAT_TIMED_OUT (lock_timeout_us), WOMBAT_DEADLOCK naming the circle, WOMBAT_CONFLICT when the key has
 * changed since the transaction began. After the last two roll back. */
wombat_status wombat_txn_get_for_update(wombat_txn *txn, wombat_db *keyspace, const void *key, size_t key_size, void *buffer,
                                        size_t capacity, size_t *value_size, wombat_error *error);

/* Reads a part of the value of `key`: up to `capacity` bytes from `offset` on; `*part_size` becomes how many, fewer at the end
 * of the value and none behind it, `*value_size` the size of the whole value. Of a long value in a value file only the part is
 * read. Returns: WOMBAT_OK or WOMBAT_NOT_FOUND. Errors: as wombat_get. Threads: any. */
wombat_status wombat_get_part(wombat_db *db, const void *key, size_t key_size, uint64_t offset,
                              const wombat_read_options *options, void *buffer, size_t capacity, size_t *part_size,
                              uint64_t *value_size, wombat_error *error);

/* Tells whether `key` is present. Returns: WOMBAT_OK or WOMBAT_NOT_FOUND. Errors: as wombat_txn_get. */
wombat_status wombat_txn_exists(wombat_txn *txn, wombat_db *keyspace, const void *key, size_t key_size, wombat_error *error);

/* wombat_multi_get_packed as the transaction sees the keys: the same layout of `keys` and `buffer`, the same results. */
wombat_status wombat_txn_multi_get_packed(wombat_txn *txn, wombat_db *keyspace, const void *keys, size_t keys_size, void *buffer,
                                          size_t capacity, size_t *used, size_t *done, wombat_error *error);

/* Creates an iterator over what the transaction sees: the moment of its begin (read committed: this moment) with its own
 * writes as they are now. Rows that it goes over count as read, and so do the gaps between them. `options->snapshot` must
 * be NULL. After the end of the transaction the iterator answers WOMBAT_TXN_ENDED and is still freed by its own function.
 * Errors: as wombat_iterator_create; as wombat_txn_get. */
wombat_status wombat_txn_iterator_create(wombat_txn *txn, wombat_db *keyspace, const wombat_iterator_options *options,
                                         wombat_iterator **iterator, wombat_error *error);

/* Stores `value` under `key` when the transaction commits. `ttl_ms` as in wombat_write_options; it runs from this call.
 * Errors: WOMBAT_TOO_LARGE, WOMBAT_READ_ONLY, WOMBAT_NO_MEMORY; as wombat_txn_get; pessimistic ones as
 * wombat_txn_get_for_update. */
wombat_status wombat_txn_put(wombat_txn *txn, wombat_db *keyspace, const void *key, size_t key_size, const void *value,
                             size_t value_size, uint64_t ttl_ms, wombat_error *error);

/* Removes `key` when the transaction commits. Errors: as wombat_txn_put. */
wombat_status wombat_txn_delete(wombat_txn *txn, wombat_db *keyspace, const void *key, size_t key_size, wombat_error *error);

/* Removes the keys from `lower` on, below `upper` (NULL: no bound). No locks are taken for ranges: what others commit in
 * it meanwhile is a conflict at the commit. Errors: as wombat_txn_put; WOMBAT_INVALID_ARGUMENT. */
wombat_status wombat_txn_delete_range(wombat_txn *txn, wombat_db *keyspace, const void *lower, size_t lower_size,
                                      const void *upper, size_t upper_size, wombat_error *error);

/* Applies a merge operator, as wombat_merge does, when the transaction commits. The transaction reads what it makes of
 * what it sees. Errors: as wombat_txn_put and wombat_merge. */
wombat_status wombat_txn_merge(wombat_txn *txn, wombat_db *keyspace, const char *operator_name, const void *key, size_t key_size,
                               const void *operand, size_t operand_size, wombat_error *error);

/* Marks the present state of the transaction's writes. Savepoints nest, to any depth. */
wombat_status wombat_txn_set_savepoint(wombat_txn *txn, wombat_error *error);

/* Undoes the writes since the newest savepoint, and ends that savepoint. What was read stays read, what was locked
 * locked. Returns: WOMBAT_OK; WOMBAT_NOT_FOUND without a savepoint. */
wombat_status wombat_txn_rollback_to_savepoint(wombat_txn *txn, wombat_error *error);

/* Ends the newest savepoint and keeps the writes. Returns: WOMBAT_OK; WOMBAT_NOT_FOUND without a savepoint. */
wombat_status wombat_txn_release_savepoint(wombat_txn *txn, wombat_error *error);

/* Commits. `*timestamp` becomes the commit timestamp (0 when there was nothing to write). The transaction has ended
 * then; after WOMBAT_BUSY, WOMBAT_TIMED_OUT of the write options, WOMBAT_NO_SPACE and WOMBAT_NO_MEMORY it has not, and
 * the commit may be tried again.
 * Errors: WOMBAT_CONFLICT (the message names the key or range that was read or written, and the commit that changed it);
 * as wombat_put. */
wombat_status wombat_txn_commit(wombat_txn *txn, const wombat_write_options *options, uint64_t *timestamp, wombat_error *error);

/* Gives up what was written, and all locks. The transaction has ended then. */
wombat_status wombat_txn_rollback(wombat_txn *txn, wombat_error *error);

/* Frees a transaction, rolling it back when it has not ended. NULL is allowed. */
void wombat_txn_destroy(wombat_txn *txn);

/* First half of a two-phase commit: makes the transaction durable under `name` (1 to 255 bytes of UTF-8 without control
 * characters), checked so that its commit cannot conflict any more, and ends the handle's part in it. Until it is decided by one of
 * the functions below, also after a crash, other commits that would change what it has read or write what it writes
 * answer WOMBAT_CONFLICT. Always synced.
 * Errors: WOMBAT_ALREADY_EXISTS for a name in use, after which the transaction goes on; as wombat_txn_commit. */
wombat_status wombat_txn_prepare(wombat_txn *txn, const char *name, wombat_error *error);

/* Writes the names of the prepared transactions that wait for a decision, one a line, into `buffer`.
 * Returns: WOMBAT_OK, WOMBAT_BUFFER_TOO_SMALL. Threads: any. */
wombat_status wombat_prepared_list(wombat_db *db, char *buffer, size_t capacity, size_t *length, wombat_error *error);

/* Commits a prepared transaction. Errors: WOMBAT_DOES_NOT_EXIST for an unknown name; as wombat_put. Threads: any. */
wombat_status wombat_prepared_commit(wombat_db *db, const char *name, uint64_t *timestamp, wombat_error *error);

/* Drops a prepared transaction. Errors: as wombat_prepared_commit. Threads: any. */
wombat_status wombat_prepared_rollback(wombat_db *db, const char *name, wombat_error *error);

/* The work of a transaction, for wombat_txn_run: WOMBAT_OK to commit, anything else to roll back. May be called several
 * times, each time with a new transaction, so it must not keep what it found before. It neither commits nor rolls back
 * itself. */
typedef wombat_status (*wombat_txn_function)(void *user_data, wombat_txn *txn);

/* Runs `work` in a transaction and commits it; after WOMBAT_CONFLICT and WOMBAT_DEADLOCK, of `work` or of the commit,
 * again, as often and with such pauses as the options retry.* of the database say. `*retries` becomes the number of
 * repetitions. `task` limits the time of all of it and can cancel it between two attempts.
 * Returns: what `work` returned when that ended it. Errors: WOMBAT_CONFLICT when the last attempt met one;
 * WOMBAT_TIMED_OUT, WOMBAT_CANCELLED; as wombat_txn_commit. Threads: any. */
wombat_status wombat_txn_run(wombat_db *db, const wombat_txn_options *options, wombat_txn_function work, void *user_data,
                             const wombat_task_options *task, uint32_t *retries, wombat_error *error);

/* For a loop of one's own in place of wombat_txn_run: how long to wait before the work of a transaction that met a conflict
 * is done again, after it was repeated `retries` times, as the options retry.* of the database say. Chance has a part in it
 * (retry.jitter), so that transactions that met do not meet again.
 * Returns: WOMBAT_OK; WOMBAT_END when it was repeated often enough. Errors: WOMBAT_CLOSED. Threads: any. */
wombat_status wombat_txn_retry_delay(wombat_db *db, uint32_t retries, uint64_t *delay_us, wombat_error *error);

/* Single calls that read and write as one. */

/* Stores `value` under `key` when the key is absent. Returns: WOMBAT_OK; WOMBAT_MISMATCH when it is there: nothing was
 * written. Errors: as wombat_put. Threads: any. */
wombat_status wombat_put_if_absent(wombat_db *db, const void *key, size_t key_size, const void *value, size_t value_size,
                                   const wombat_write_options *options, wombat_error *error);

/* Replaces the value of `key` by `desired` (NULL: removes the key) when it is `expected` (NULL: when the key is absent).
 * Returns: WOMBAT_OK; WOMBAT_MISMATCH when it is another: nothing was written. Errors: as wombat_put. Threads: any. */
wombat_status wombat_compare_and_set(wombat_db *db, const void *key, size_t key_size, const void *expected, size_t expected_size,
                                     const void *desired, size_t desired_size, const wombat_write_options *options,
                                     wombat_error *error);

/* Adds `delta` to the number under `key`, 8 bytes little-endian, 0 when absent; `*before` becomes what it was. It wraps
 * around. Errors: WOMBAT_MERGE_FAILED when the value has another size; as wombat_put. Threads: any. */
wombat_status wombat_fetch_add(wombat_db *db, const void *key, size_t key_size, int64_t delta,
                               const wombat_write_options *options, int64_t *before, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Watching
 * ---------------------------------------------------------------------------------------------------- */

/* Returns how many statistics there are. Threads: any. */
size_t wombat_statistic_count(void);

/* Names statistic `index` (0 to count - 1), such as "get.count" or "get.ns.p99", and says in one line what it
 * is. Static texts. Histograms appear as several statistics: name.count, .mean, .p50, .p99, .p999, .max. An
 * index keeps its meaning within one version of the library.
 * Errors: WOMBAT_INVALID_ARGUMENT for an index out of range. Threads: any. */
wombat_status wombat_statistic_describe(size_t index, const char **name, const char **help, wombat_error *error);

/* Writes the values of the statistics, in the order of their indexes, since the database was opened; at most
 * `capacity` of them; `*count` becomes the number written. Threads: any. */
wombat_status wombat_statistics(wombat_db *db, uint64_t *values, size_t capacity, size_t *count, wombat_error *error);

/* Formats of wombat_report. */
enum { WOMBAT_FORMAT_TEXT = 0, WOMBAT_FORMAT_JSON = 1 };

/* Writes a report of all statistics and properties for people or programs.
 * Returns: WOMBAT_OK, WOMBAT_BUFFER_TOO_SMALL with its length in `*length`: `*length` + 1 bytes hold it, a few
 * more a report that has grown meanwhile. Threads: any. */
wombat_status wombat_report(wombat_db *db, int32_t format, char *buffer, size_t capacity, size_t *length, wombat_error *error);

/* Returns how many properties there are. Threads: any. */
size_t wombat_property_count(void);

/* Names property `index` (0 to count - 1) and says in one line what it is. Static texts. Threads: any. */
wombat_status wombat_property_describe(size_t index, const char **name, const char **help, wombat_error *error);

/* Writes the present value of a property as text: "levels", "disk.bytes",
 * "memory.memtables", ...
 * Returns: WOMBAT_OK, WOMBAT_BUFFER_TOO_SMALL. Errors: WOMBAT_INVALID_ARGUMENT for an unknown name (names the
 * nearest). Threads: any. */
wombat_status wombat_property(wombat_db *db, const char *name, char *buffer, size_t capacity, size_t *length,
                              wombat_error *error);

/* Gives a property that is a number. Errors: WOMBAT_INVALID_ARGUMENT also for one that is text. Threads: any.
 * */
wombat_status wombat_property_integer(wombat_db *db, const char *name, uint64_t *value, wombat_error *error);

/* ----------------------------------------------------------------------------------------------------
 * Keys made of typed parts. Bytewise, as the database orders keys, they are in the order of their values, part
 * by part. The encoding is the same in all languages; docs/typed-keys.md describes it. None of these calls
 * needs a database.
 * ---------------------------------------------------------------------------------------------------- */

/* The append functions. Each writes one part behind the first `*size` bytes of `buffer`, and `*size` becomes the size
 * of the key with it; begin with 0.
 * Returns: WOMBAT_OK; WOMBAT_BUFFER_TOO_SMALL when the part does not fit: it is not written, but `*size` counts it, so
 * that after all parts (with capacity 0, too) it says how large the key is.
 * Errors: WOMBAT_INVALID_ARGUMENT; `*size` is then as before. Threads: any. */

/* Appends a whole number of `width` bytes: 1, 2, 4 or 8. Errors: WOMBAT_INVALID_ARGUMENT also for a value that needs
 * more. Points in time are numbers of 8 bytes: microseconds since 1970, UTC. */
wombat_status wombat_key_append_signed(int64_t value, uint32_t width, void *buffer, size_t capacity, size_t *size,
                                       wombat_error *error);

/* Appends a whole number that is not negative. It is not in one order with signed ones. Bools are 0 and 1 of width 1. */
wombat_status wombat_key_append_unsigned(uint64_t value, uint32_t width, void *buffer, size_t capacity, size_t *size,
                                         wombat_error *error);

/* Appends a number; -0 comes before 0, every NaN behind infinity. */
wombat_status wombat_key_append_real(double value, void *buffer, size_t capacity, size_t *size, wombat_error *error);

/* Appends bytes of any number, or text as UTF-8. */
wombat_status wombat_key_append_bytes(const void *data, size_t data_size, void *buffer, size_t capacity, size_t *size,
                                      wombat_error *error);

/* Appends bytes as they are: a part that always has the same size, such as a UUID, or the last one of a key. */
wombat_status wombat_key_append_fixed(const void *data, size_t data_size, void *buffer, size_t capacity, size_t *size,
                                      wombat_error *error);

/* The read functions. Each reads the part that begins at byte `*position` of a key and moves `*position` behind it.
 * Returns: WOMBAT_OK; WOMBAT_END behind the last part.
 * Errors: WOMBAT_INVALID_ARGUMENT for what no append function writes there (says at which byte). Unless the call
 * returns WOMBAT_OK, `*position` stays. Threads: any. */

/* Reads what wombat_key_append_signed wrote with the same width. */
wombat_status wombat_key_read_signed(const void *key, size_t key_size, uint32_t width, size_t *position, int64_t *value,
                                     wombat_error *error);

/* Reads what wombat_key_append_unsigned wrote with the same width. */
wombat_status wombat_key_read_unsigned(const void *key, size_t key_size, uint32_t width, size_t *position, uint64_t *value,
                                       wombat_error *error);

/* Reads what wombat_key_append_real wrote. */
wombat_status wombat_key_read_real(const void *key, size_t key_size, size_t *position, double *value, wombat_error *error);

/* Copies what wombat_key_append_bytes wrote. `*size` becomes its size.
 * Returns also: WOMBAT_BUFFER_TOO_SMALL (nothing copied). */
wombat_status wombat_key_read_bytes(const void *key, size_t key_size, size_t *position, void *buffer, size_t capacity,
                                    size_t *size, wombat_error *error);

/* Gives `data_size` bytes of the key where they lie. */
wombat_status wombat_key_read_fixed(const void *key, size_t key_size, size_t data_size, size_t *position, const void **data,
                                    wombat_error *error);

#ifdef __cplusplus
}
#endif

#endif /* WOMBAT_H */
