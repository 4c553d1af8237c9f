// What the sockets of the system want beside hiredis.
#pragma once

namespace wats::cache::redis {

/// Ends what another thread waits for on this socket; it stays open.
void hang_up(int socket) noexcept;

/// hiredis writes to sockets that the peer may have closed, which ends a program unless the thread says this.
void ignore_broken_pipes_in_this_thread() noexcept;

}  // namespace wats::cache::redis
