package process

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// envOwner has the test binary start a process, tell its id and wait.
const envOwner = "PROCESS_TEST_OWNER"

func TestMain(m *testing.M) {
	dir := os.Getenv(envOwner)
	if dir == "" {
		os.Exit(m.Run())
	}
	p, err := Start(Spec{Name: "child", Path: "/bin/sleep", Args: []string{"600"}, Log: filepath.Join(dir, "log")})
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(strconv.Itoa(p.PID()) + "\n")
	<-p.Done()
}

// A process does not outlive its owner, not even one that is killed.
func TestOwnerKilled(t *testing.T) {
	t.Parallel()
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), envOwner+"="+t.TempDir())
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the process %d does not run: %v", pid, err)
	}

	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	if err := await(t.Context(), func() bool { return gone(pid) }); err != nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Errorf("the process %d outlived its owner", pid)
	}
}

// gone says whether a process has ended; one that nobody has waited for yet has.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
