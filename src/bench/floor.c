/*
 * The least that a server can do: for each message one frame, made once, and one write(2) of it to every member of its
 * group. What the kernel does not take is written when the socket is ready for it.
 *
 * It accepts WebSockets and believes everybody. A client that asks for json.webpubsub.azure.v1 joins groups and publishes
 * to them, by the few properties that the driver sends, in the order in which it sends them. All others are members of
 * one group without a name; one with "webpubsub_mode=sendToGroup" in its request publishes to it instead. There are no
 * tokens, sessions, permissions or limits, and nothing is checked. Nothing that does more can cost less, so that the
 * broker's cost is told in multiples of this one's.
 *
 * Usage: floor ACCEPT      where ACCEPT is what every client expects as Sec-WebSocket-Accept.
 * It listens on a free port of 127.0.0.1, prints that port, and runs until it is killed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  GROUP_TABLE = 4096, /* a power of two */
  MAX_EVENTS = 1024,
  MAX_PAYLOAD = 1 << 18,
  MAX_HEADER = 10,
  MAX_READ = 1 << 20,
  MAX_REQUEST = 8192,
  MAX_NAME = 128,
  BACKLOG = 4096,
  TEXT = 0x1,
  CLOSE = 0x8,
  FINAL = 0x80,
  LENGTH = 0x7F,
};

typedef struct {
  int references;
  size_t length;
  uint8_t bytes[];
} frame;

/* The rest of a frame that did not fit into the socket's buffer. */
typedef struct waiting {
  frame *frame;
  size_t at;
  struct waiting *next;
} waiting;

typedef struct group group;

typedef struct {
  int fd;
  bool upgraded, json;
  group *group; /* of which it is a member, or NULL */
  int place;    /* among its members */
  uint8_t *kept; /* of a request or a frame that is not complete */
  size_t kept_length;
  waiting *first, *last;
} client;

struct group {
  group *next;
  client **members;
  int count, room;
  size_t name_length;
  char name[MAX_NAME];
};

static group *groups[GROUP_TABLE];
static group *unnamed;
static int poller;
static const char *accepted;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) die("calloc");
  return memory;
}

/* The group of that name, which begins to exist. */
static group *find_group(const uint8_t *name, size_t length) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ name[i]) * 16777619u;
  group **at = &groups[hash % GROUP_TABLE];
  while (*at != NULL && ((*at)->name_length != length || memcmp((*at)->name, name, length) != 0)) at = &(*at)->next;
  if (*at == NULL) {
    *at = allocate(sizeof **at);
    memcpy((*at)->name, name, length);
    (*at)->name_length = length;
  }
  return *at;
}

static void join(client *c, group *g) {
  if (g->count == g->room) {
    g->room = g->room == 0 ? 4 : 2 * g->room;
    g->members = realloc(g->members, (size_t)g->room * sizeof *g->members);
    if (g->members == NULL) die("realloc");
  }
  c->group = g;
  c->place = g->count;
  g->members[g->count++] = c;
}

static void release(frame *f) {
  if (--f->references == 0) free(f);
}

static void drop_first(client *c) {
  waiting *w = c->first;
  c->first = w->next;
  release(w->frame);
  free(w);
}

static void leave(client *c) {
  if (c->group != NULL) {
    group *g = c->group;
    g->members[c->place] = g->members[--g->count];
    g->members[c->place]->place = c->place;
  }
  while (c->first != NULL) drop_first(c);
  close(c->fd);
  free(c->kept);
  free(c);
}

/* Something short, which is not a message; if the buffer of the socket is full, it is lost. */
static void put(client *c, const void *bytes, size_t length) {
  if (write(c->fd, bytes, length) != (ssize_t)length) shutdown(c->fd, SHUT_RDWR);
}

static void listen_for(client *c, uint32_t events) {
  struct epoll_event interest = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &interest) < 0) die("epoll_ctl");
}

static void put_later(client *c, frame *f, size_t at) {
  waiting *w = allocate(sizeof *w);
  *w = (waiting){.frame = f, .at = at};
  f->references++;
  if (c->first == NULL) {
    c->first = w;
    listen_for(c, EPOLLIN | EPOLLOUT);
  } else {
    c->last->next = w;
  }
  c->last = w;
}

/* How much of a frame the socket has now. */
static size_t put_frame(client *c, frame *f, size_t at) {
  ssize_t written = write(c->fd, f->bytes + at, f->length - at);
  if (written < 0 && errno != EAGAIN) shutdown(c->fd, SHUT_RDWR);
  return written < 0 ? at : at + (size_t)written;
}

static void put_waiting(client *c) {
  while (c->first != NULL) {
    c->first->at = put_frame(c, c->first->frame, c->first->at);
    if (c->first->at < c->first->frame->length) return;
    drop_first(c);
  }
  listen_for(c, EPOLLIN);
}

/* A text frame whose payload consists of two parts. */
static frame *make_frame(const void *head, size_t head_length, const void *data, size_t data_length) {
  size_t length = head_length + data_length;
  frame *f = malloc(sizeof *f + MAX_HEADER + length);
  if (f == NULL) die("malloc");
  uint8_t *at = f->bytes;
  *at++ = FINAL | TEXT;
  if (length < 126) {
    *at++ = (uint8_t)length;
  } else {
    int size = length < 65536 ? 2 : 8;
    *at++ = size == 2 ? 126 : 127;
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) *at++ = (uint8_t)((uint64_t)length >> shift);
  }
  memcpy(at, head, head_length);
  memcpy(at + head_length, data, data_length);
  f->references = 1;
  f->length = (size_t)(at - f->bytes) + length;
  return f;
}

/* One frame, made once, and one write for each member. */
static void publish(group *g, frame *f) {
  for (int i = 0; i < g->count; i++) {
    client *c = g->members[i];
    size_t at = c->first == NULL ? put_frame(c, f, 0) : 0;
    if (at < f->length) put_later(c, f, at);
  }
  release(f);
}

static void put_text(client *c, const char *text) {
  frame *f = make_frame("", 0, text, strlen(text));
  put(c, f->bytes, f->length);
  release(f);
}

/* {"type":"joinGroup","group":"NAME","ackId":1} or {"type":"sendToGroup","group":"NAME","dataType":...,"data":...} */
static void take_json(client *c, const uint8_t *text, size_t length) {
  static const char joining[] = "{\"type\":\"joinGroup\",\"group\":\"", sending[] = "{\"type\":\"sendToGroup\",\"group\":\"";
  bool joins = length > sizeof joining && memcmp(text, joining, sizeof joining - 1) == 0;
  if (!joins && (length < sizeof sending || memcmp(text, sending, sizeof sending - 1) != 0)) return;
  const uint8_t *name = text + (joins ? sizeof joining : sizeof sending) - 1, *end = text + length;
  const uint8_t *quote = memchr(name, '"', (size_t)(end - name));
  if (quote == NULL || quote - name > MAX_NAME) return;
  group *g = find_group(name, (size_t)(quote - name));
  if (joins) {
    join(c, g);
    put_text(c, "{\"type\":\"ack\",\"ackId\":1,\"success\":true}");
    return;
  }
  char head[MAX_NAME + 64];
  int head_length = snprintf(head, sizeof head, "{\"type\":\"message\",\"from\":\"group\",\"group\":\"%.*s",
                             (int)g->name_length, g->name);
  publish(g, make_frame(head, (size_t)head_length, quote, (size_t)(end - quote)));
}

/* How many bytes of a request are complete, 0 if it is not; answers it. */
static size_t upgrade(client *c, const uint8_t *bytes, size_t length) {
  const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  size_t request = (size_t)(end - bytes) + 4;
  c->upgraded = true;
  c->json = memmem(bytes, request, "json.webpubsub.azure.v1", 23) != NULL;
  char response[512];
  int response_length = snprintf(response, sizeof response,
                                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: %.64s\r\n%s\r\n",
                                 accepted, c->json ? "Sec-WebSocket-Protocol: json.webpubsub.azure.v1\r\n" : "");
  put(c, response, (size_t)response_length);
  if (c->json) {
    put_text(c, "{\"type\":\"system\",\"event\":\"connected\",\"userId\":null,\"connectionId\":\"1\"}");
  } else if (memmem(bytes, request, "webpubsub_mode=sendToGroup", 26) == NULL) {
    join(c, unnamed);
  }
  return request;
}

/* Eight bytes at a time. */
static void unmask(uint8_t *data, size_t length, const uint8_t *mask) {
  uint64_t wide, word;
  memcpy(&wide, mask, 4);
  memcpy((uint8_t *)&wide + 4, mask, 4);
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    memcpy(&word, data + i, 8);
    word ^= wide;
    memcpy(data + i, &word, 8);
  }
  for (; i < length; i++) data[i] ^= mask[i & 3];
}

/* How many bytes of a frame are complete, 0 if it is not; does what it asks for. */
static size_t take_frame(client *c, uint8_t *bytes, size_t length, bool *over) {
  if (length < 2) return 0;
  size_t payload = bytes[1] & LENGTH, header = payload < 126 ? 2 : payload == 126 ? 4 : 10;
  if (length < header + 4) return 0;
  if (header > 2) {
    payload = 0;
    for (size_t i = 2; i < header; i++) payload = payload << 8 | bytes[i];
  }
  if (payload > MAX_PAYLOAD) {
    *over = true;
    return 0;
  }
  if (length < header + 4 + payload) return 0;
  uint8_t *data = bytes + header + 4;
  unmask(data, payload, bytes + header);
  if ((bytes[0] & 0xF) == CLOSE) {
    static const uint8_t normal[] = {FINAL | CLOSE, 2, 0x03, 0xE8};
    put(c, normal, sizeof normal);
    *over = true;
  } else if ((bytes[0] & 0xF) == TEXT && c->json) {
    take_json(c, data, payload);
  } else if ((bytes[0] & 0xF) == TEXT) {
    publish(unnamed, make_frame("", 0, data, payload));
  }
  return header + 4 + payload;
}

static void keep(client *c, const uint8_t *bytes, size_t length) {
  uint8_t *copy = NULL;
  if (length > 0) {
    copy = allocate(length);
    memcpy(copy, bytes, length);
  }
  free(c->kept);
  c->kept = copy;
  c->kept_length = length;
}

static void receive(client *c) {
  static uint8_t buffer[2 * MAX_READ];
  if (c->kept_length > 0) memcpy(buffer, c->kept, c->kept_length);
  ssize_t got = read(c->fd, buffer + c->kept_length, MAX_READ);
  if (got < 0 && errno == EAGAIN) return;
  bool over = got <= 0;
  size_t length = over ? 0 : c->kept_length + (size_t)got, at = 0, taken = 1;
  while (!over && taken > 0) {
    taken = c->upgraded ? take_frame(c, buffer + at, length - at, &over) : upgrade(c, buffer + at, length - at);
    at += taken;
  }
  if (over || (!c->upgraded && length - at > MAX_REQUEST)) {
    leave(c);
  } else if (c->kept_length > 0 || at < length) {
    keep(c, buffer + at, length - at);
  }
}

static void accept_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    client *c = allocate(sizeof *c);
    c->fd = fd;
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &interest) < 0) die("epoll_ctl");
  }
}

static int listen_somewhere(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, BACKLOG) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    die("listen");
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void allow_many_files(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s ACCEPT\n", argv[0]);
    return 2;
  }
  accepted = argv[1];
  unnamed = find_group((const uint8_t *)"", 0);
  signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  poller = epoll_create1(0);
  int listener = listen_somewhere();
  struct epoll_event interest = {.events = EPOLLIN, .data.ptr = NULL};
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &interest) < 0) die("epoll");
  static struct epoll_event ready[MAX_EVENTS];
  for (;;) {
    int count = epoll_wait(poller, ready, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      client *c = ready[i].data.ptr;
      if (c == NULL) {
        accept_all(listener);
        continue;
      }
      if (ready[i].events & EPOLLOUT) put_waiting(c);
      if (ready[i].events & ~(uint32_t)EPOLLOUT) receive(c);
    }
  }
}
