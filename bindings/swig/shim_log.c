/* The log queue: a ring of messages between threads of the library, which never wait, and one thread of the language,
 * which does. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "shim_internal.h"

enum { kMessagesMax = 1000 };

typedef struct log_message {
  struct log_message* next;
  int32_t level;
  size_t size;
  char text[1]; /* `size` bytes */
} log_message;

typedef struct log_queue {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  log_message* first;
  log_message** last_link;
  int count;
  int is_closed;
} log_queue;

static log_message* take_first(log_queue* queue) {
  log_message* message = queue->first;
  if (message == NULL) return NULL;
  queue->first = message->next;
  if (queue->first == NULL) queue->last_link = &queue->first;
  --queue->count;
  return message;
}

/* The log callback. Without memory the message is lost. */
static void push_message(void* user_data, int32_t level, const char* text) {
  log_queue* queue = (log_queue*)user_data;
  const size_t size = strlen(text);
  log_message* dropped = NULL;
  log_message* message = (log_message*)malloc(sizeof *message + size);
  if (message == NULL) return;
  message->next = NULL;
  message->level = level;
  message->size = size;
  memcpy(message->text, text, size);
  pthread_mutex_lock(&queue->mutex);
  if (queue->count == kMessagesMax) dropped = take_first(queue);
  *queue->last_link = message;
  queue->last_link = &message->next;
  ++queue->count;
  pthread_cond_signal(&queue->changed);
  pthread_mutex_unlock(&queue->mutex);
  free(dropped);
}

int64_t wombat_shim_log_create(void) {
  wombat_error error;
  log_queue* queue = (log_queue*)malloc(sizeof *queue);
  if (queue == NULL) return WOMBAT_NO_MEMORY;
  if (pthread_mutex_init(&queue->mutex, NULL) == 0) {
    if (pthread_cond_init(&queue->changed, NULL) == 0) {
      queue->first = NULL;
      queue->last_link = &queue->first;
      queue->count = 0;
      queue->is_closed = 0;
      return (int64_t)(intptr_t)queue;
    }
    pthread_mutex_destroy(&queue->mutex);
  }
  free(queue);
  memset(&error, 0, sizeof error);
  error.status = WOMBAT_NO_MEMORY;
  snprintf(error.message, sizeof error.message, "the system gives no more locks for a log queue");
  return wombat_shim_failure(&error);
}

int64_t wombat_shim_log_take(int64_t log, void* buffer, int64_t capacity) {
  log_queue* queue = (log_queue*)(intptr_t)log;
  log_message* message;
  size_t size;
  pthread_mutex_lock(&queue->mutex);
  while (queue->first == NULL && !queue->is_closed) pthread_cond_wait(&queue->changed, &queue->mutex);
  message = take_first(queue);
  pthread_mutex_unlock(&queue->mutex);
  if (message == NULL) {
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
    return WOMBAT_SHIM_NONE;
  }
  size = message->size;
  if (size > (size_t)capacity - sizeof message->level) size = (size_t)capacity - sizeof message->level;
  memcpy(buffer, &message->level, sizeof message->level);
  memcpy((char*)buffer + sizeof message->level, message->text, size);
  free(message);
  return (int64_t)(sizeof message->level + size);
}

void wombat_shim_log_close(int64_t log) {
  log_queue* queue = (log_queue*)(intptr_t)log;
  pthread_mutex_lock(&queue->mutex);
  queue->is_closed = 1;
  pthread_cond_signal(&queue->changed);
  pthread_mutex_unlock(&queue->mutex);
}

int64_t wombat_shim_options_set_log(int64_t options, int64_t log) {
  wombat_error error;
  return outcome(
      wombat_options_set_log_callback(HANDLE(options, options), push_message, (void*)(intptr_t)log, &error),
      &error);
}
