#include "sandbox/control.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace qualm::sandbox {

const char* to_string(Step step) {
  switch (step) {
    case Step::start: return "start of the first process";
    case Step::descriptors: return "arranging descriptors";
    case Step::session: return "new session";
    case Step::death_signal: return "parent death signal";
    case Step::sources: return "opening a visible path";
    case Step::identity: return "change of identity";
    case Step::root: return "root file system";
    case Step::devices: return "mounting /dev";
    case Step::proc: return "mounting /proc";
    case Step::mount_points: return "mounting";
    case Step::links: return "making a link";
    case Step::pivot: return "pivot_root";
    case Step::host_name: return "host name";
    case Step::scratch: return "opening the scratch directory";
    case Step::files: return "writing a file into the scratch directory";
    case Step::capabilities: return "dropping capabilities";
    case Step::fork: return "fork of the program";
    case Step::limits: return "resource limits";
    case Step::no_new_privileges: return "no_new_privs";
    case Step::filter: return "system-call filter";
    case Step::execute: return "execve of the program";
  }
  return "unknown step";
}

void fail_step(Step step, int item) {
  ControlMessage message;
  message.kind = ControlMessage::Kind::failed;
  message.step = step;
  message.error = errno;
  message.item = item;
  send_message(kControlDescriptor, message);
  _exit(1);
}

bool send_message(int socket, const ControlMessage& message, int attached) {
  ControlMessage copy = message;
  iovec part{&copy, sizeof copy};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  if (attached >= 0) {
    header.msg_control = space;
    header.msg_controllen = sizeof space;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &attached, sizeof(int));
  }
  ssize_t sent = -1;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof copy);
}

Received receive_message(int socket, ControlMessage& message, Descriptor& attached) {
  iovec part{&message, sizeof message};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  header.msg_control = space;
  header.msg_controllen = sizeof space;
  ssize_t got = -1;
  do {
    got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    return Received::nothing;
  }
  if (got >= 0) {
    for (cmsghdr* rights = CMSG_FIRSTHDR(&header); rights != nullptr; rights = CMSG_NXTHDR(&header, rights)) {
      if (rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(rights), sizeof number);
        attached = Descriptor(number);
      }
    }
  }
  return got == static_cast<ssize_t>(sizeof message) ? Received::message : Received::closed;
}

}  // namespace qualm::sandbox
