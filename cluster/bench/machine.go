package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A Machine is where figures were measured.
type Machine struct {
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Memory float64 `json:"memory"` // GB
	Go     string  `json:"go"`
	OS     string  `json:"os"`
}

// ThisMachine is the one that this runs on.
func ThisMachine() (Machine, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return Machine{}, fmt.Errorf("cannot tell the machine's processor: %w", err)
	}
	memory, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Machine{}, fmt.Errorf("cannot tell the machine's memory: %w", err)
	}
	m := Machine{CPU: "unknown", Cores: runtime.NumCPU(), Memory: megabytes(string(memory), "MemTotal:") / 1000, Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m, nil
}

// String names the machine in a sentence.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.0f GB, %s, %s", m.CPU, m.Cores, m.Memory, m.OS, m.Go)
}
