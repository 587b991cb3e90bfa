#pragma once

namespace qualm::harness {

/// The process's exit status; the same meaning in every subcommand.
enum class ExitCode {
  done = 0,         ///< done, or the answer is yes
  no = 1,           ///< the answer is no
  input = 2,        ///< a usage or input error
  environment = 3,  ///< something this machine lacks, or a file that could not be written
  cannot_tell = 4,
  not_comparable = 5,
  interrupted = 130,  ///< by a signal, with all finished work saved
};

/// The status of a command of several parts: an environment's fault is said before an input's, an input's before "no".
[[nodiscard]] constexpr ExitCode worse_of(ExitCode a, ExitCode b) {
  for (const ExitCode code : {ExitCode::interrupted, ExitCode::environment, ExitCode::input, ExitCode::not_comparable,
                              ExitCode::cannot_tell, ExitCode::no})
    if (a == code || b == code) return code;
  return ExitCode::done;
}

}  // namespace qualm::harness
