package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// A statusError is answered with its status. An error without one is answered with 422, as metal-api does.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func notFound(format string, args ...any) error {
	return &statusError{status: http.StatusNotFound, err: fmt.Errorf("NotFound "+format, args...)}
}

func conflict(format string, args ...any) error {
	return &statusError{status: http.StatusConflict, err: fmt.Errorf("Conflict "+format, args...)}
}

func internal(format string, args ...any) error {
	return &statusError{status: http.StatusInternalServerError, err: fmt.Errorf("Internal "+format, args...)}
}

// withStatus answers err with the status, whatever err itself would be answered with.
func withStatus(status int, err error) error {
	return &statusError{status: status, err: err}
}

func badRequest(err error) error {
	return withStatus(http.StatusBadRequest, err)
}

func statusOf(err error) int {
	if e := (*statusError)(nil); errors.As(err, &e) {
		return e.status
	}
	return http.StatusUnprocessableEntity
}

// errorBody is metal-api's error: its type marshals as text, so the body is a JSON string that holds JSON.
func errorBody(status int, message string) string {
	inner, err := json.Marshal(struct {
		StatusCode int    `json:"statuscode"`
		Message    string `json:"message"`
	}{status, message})
	if err != nil {
		return message // two plain fields always marshal
	}
	return string(inner)
}
