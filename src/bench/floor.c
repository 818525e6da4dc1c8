/*
 * The least that a server can do: for each message, one write(2) of a prebuilt frame to every member.
 *
 * It accepts WebSockets, believes everybody, and has one group. Whoever asks for "webpubsub_mode=sendToGroup" in its
 * request publishes: every message of it goes to all others. There are no tokens, no sessions, no limits and no queues,
 * and a member whose socket buffer is full is cut off. Nothing that does more can cost less, so that the broker's cost is
 * told in multiples of this one's.
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
  MAX_MEMBERS = 65536,
  MAX_EVENTS = 1024,
  MAX_PAYLOAD = 65535,
  MAX_READ = 1 << 20,
  MAX_REQUEST = 8192,
  BACKLOG = 4096,
  TEXT = 0x1,
  CLOSE = 0x8,
  FINAL = 0x80,
  LENGTH = 0x7F,
};

typedef struct {
  int fd;
  bool upgraded;
  int place;      /* among the members, or -1 */
  uint8_t *kept;  /* of a request or a frame that is not complete */
  size_t kept_length;
} client;

static client *members[MAX_MEMBERS];
static int member_count;
static int poller;
static char response[256];
static size_t response_length;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void leave(client *c) {
  if (c->place >= 0) {
    members[c->place] = members[--member_count];
    members[c->place]->place = c->place;
  }
  close(c->fd);
  free(c->kept);
  free(c);
}

/* True if all of it went out. What does not go out at once is never sent: there are no queues. */
static bool put(client *c, const uint8_t *bytes, size_t length) {
  return write(c->fd, bytes, length) == (ssize_t)length;
}

/* One frame, made once, and one write for each member. */
static void publish(const uint8_t *payload, size_t length) {
  static uint8_t frame[4 + MAX_PAYLOAD];
  size_t header = 2;
  frame[0] = FINAL | TEXT;
  if (length < 126) {
    frame[1] = (uint8_t)length;
  } else {
    frame[1] = 126;
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
    header = 4;
  }
  memcpy(frame + header, payload, length);
  for (int i = 0; i < member_count; i++) {
    if (!put(members[i], frame, header + length)) shutdown(members[i]->fd, SHUT_RDWR);
  }
}

/* How many bytes of a request are complete, 0 if it is not; answers it. */
static size_t upgrade(client *c, const uint8_t *bytes, size_t length) {
  const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  size_t request = (size_t)(end - bytes) + 4;
  bool publisher = memmem(bytes, request, "webpubsub_mode=sendToGroup", 26) != NULL;
  put(c, (const uint8_t *)response, response_length);
  c->upgraded = true;
  if (!publisher && member_count < MAX_MEMBERS) {
    c->place = member_count;
    members[member_count++] = c;
  }
  return request;
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
  uint8_t *mask = bytes + header, *data = mask + 4;
  for (size_t i = 0; i < payload; i++) data[i] ^= mask[i & 3];
  if ((bytes[0] & 0xF) == CLOSE) {
    static const uint8_t normal[] = {FINAL | CLOSE, 2, 0x03, 0xE8};
    put(c, normal, sizeof normal);
    *over = true;
  } else if ((bytes[0] & 0xF) == TEXT) {
    publish(data, payload);
  }
  return header + 4 + payload;
}

static void keep(client *c, const uint8_t *bytes, size_t length) {
  uint8_t *copy = NULL;
  if (length > 0) {
    copy = malloc(length);
    if (copy == NULL) die("malloc");
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
    client *c = calloc(1, sizeof *c);
    if (c == NULL) die("calloc");
    c->fd = fd;
    c->place = -1;
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
  response_length = (size_t)snprintf(response, sizeof response,
                                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %.64s\r\n\r\n",
                                     argv[1]);
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
      if (ready[i].data.ptr == NULL) {
        accept_all(listener);
      } else {
        receive(ready[i].data.ptr);
      }
    }
  }
}
