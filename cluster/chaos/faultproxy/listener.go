package faultproxy

import (
	"io"
	"log"
	"net"
	"sync"
)

// A listener whose connections can be cut.
type listener struct {
	net.Listener

	mu   sync.Mutex
	down bool
	open map[*conn]bool
}

// Accept connections, and close them at once as long as the line is cut.
func (l *listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: inner, of: l}
		l.mu.Lock()
		down := l.down
		if !down {
			l.open[c] = true
		}
		l.mu.Unlock()
		if !down {
			return c, nil
		}
		_ = inner.Close()
	}
}

func (l *listener) cut(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	if !down {
		return
	}
	for c := range l.open {
		_ = c.Conn.Close()
		delete(l.open, c)
	}
}

// A conn that its listener knows as long as it is open.
type conn struct {
	net.Conn

	of *listener
}

// Close the connection.
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// quiet is a log for servers whose connections are cut on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
