#ifndef SPUR_IPC_IPC_H
#define SPUR_IPC_IPC_H

#include "ipc/message.h"

/*
 * The line between `spur` and `spur-view`: a stream socket in a folder of mode 0700, both ends of the
 * same user. Nothing here waits, and nothing grows with what the peer does or does not do: of every
 * kind of message the newest is kept until the socket takes it, and an incoming line is bounded.
 * One thread.
 */
struct spur_ipc;
struct spur_ipc_listener;

/* A socket of its own under $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp. */
enum spur_status spur_ipc_listen(struct spur_ipc_listener **out, struct spur_error *err);
const char *spur_ipc_listener_path(const struct spur_ipc_listener *l);
int spur_ipc_listener_fd(const struct spur_ipc_listener *l);	/* readable: somebody has come */
/* SPUR_END: nobody waits. Another user's process is turned away (SPUR_EINVAL). */
enum spur_status spur_ipc_accept(struct spur_ipc_listener *l, struct spur_ipc **out, struct spur_error *err);
/* Removes socket and folder. NULL is fine. */
void spur_ipc_listener_destroy(struct spur_ipc_listener *l);

enum spur_status spur_ipc_connect(const char *path, struct spur_ipc **out, struct spur_error *err);
/* Takes over fd, a connected stream socket. */
struct spur_ipc *spur_ipc_adopt(int fd);
void spur_ipc_close(struct spur_ipc *c);	/* NULL is fine */
int spur_ipc_fd(const struct spur_ipc *c);

/* To be sent by flush(). A newer message replaces one of its kind that has not gone yet. */
void spur_ipc_post(struct spur_ipc *c, const struct spur_ipc_message *m);
/* SPUR_END: the socket is full, try again when it can be written. SPUR_EIO: the peer has gone. */
enum spur_status spur_ipc_flush(struct spur_ipc *c, struct spur_error *err);
/* The next message. SPUR_END: none for now. SPUR_EIO: the peer has gone. SPUR_EFORMAT: it talks nonsense;
 * close. Unknown types come as SPUR_IPC_OTHER; another version in a hello is SPUR_EUNSUPPORTED. */
enum spur_status spur_ipc_take(struct spur_ipc *c, struct spur_ipc_message *out, struct spur_error *err);
/* What it holds now, for tests. */
size_t spur_ipc_held_bytes(const struct spur_ipc *c);

/* A name for spur_ipc_stamp.from that no other process has. */
void spur_ipc_own_name(char out[32]);

#endif
