package packageruntime

import (
	"io"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// TestProgramStartsAtOnce: with a pause of its own a program starts again
// after it, however often it ends; otherwise the third time takes seconds.
func TestProgramStartsAtOnce(t *testing.T) {
	t.Parallel()
	p := &Program{pkg: "package", revision: "revision", out: io.Discard, pause: time.Millisecond}
	began := time.Now()
	if err := p.start(process.Spec{
		Name: "revision", Path: "/bin/sh", Args: []string{"-c", "exec sleep 600"}, Log: filepath.Join(t.TempDir(), "log"),
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	for n := range 4 {
		await(t, "its start", func() bool { return p.Starts() == n+1 && p.PID() != 0 })
		p.Signal(syscall.SIGKILL)
	}
	if took, grown := time.Since(began), firstPause*(1+2+4); took >= grown {
		t.Errorf("four starts took %s, as long as pauses that grow (%s)", took, grown)
	}
}
