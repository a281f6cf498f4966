//go:build !linux

package process

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a child into a group of its own, out of reach of the terminal's
// Ctrl-C: it is stopped in order instead.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

func start(cmd *exec.Cmd) error { return cmd.Start() }
