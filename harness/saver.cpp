#include "harness/saver.h"

#include <utility>

namespace qualm::harness {

Saver::Saver(std::function<void(ExecutionFile&)> save) : save_(std::move(save)), thread_([this] { work(); }) {}

Saver::~Saver() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Saver::request(std::shared_ptr<ExecutionFile> file) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kWaitingLimit; });
    waiting_.push_back(std::move(file));
  }
  changed_.notify_all();
}

void Saver::work() {
  for (;;) {
    std::shared_ptr<ExecutionFile> file;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      file = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    save_(*file);
  }
}

}  // namespace qualm::harness
