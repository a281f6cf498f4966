package process

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// ownGroup puts a child into a group of its own, out of reach of the terminal's
// Ctrl-C (it is stopped in order instead), and has the kernel kill it when we
// die without a chance to do so.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

type request struct {
	cmd  *exec.Cmd
	done chan error
}

// starter is where children are started. The kernel's signal on the parent's
// death is bound to the thread that started the child: the goroutine behind
// this channel keeps its thread for good.
//
//nolint:gochecknoglobals // One for the process, as the thread is.
var starter = sync.OnceValue(func() chan<- request {
	requests := make(chan request)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.done <- r.cmd.Start()
		}
	}()
	return requests
})

func start(cmd *exec.Cmd) error {
	r := request{cmd: cmd, done: make(chan error, 1)}
	starter() <- r
	return <-r.done
}
