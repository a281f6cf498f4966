package controller

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// What Setup wakes a controller by.
var (
	Waker   handler.EventHandler = &waker{turns: turn.NewRooms(time.Now, nil)}
	Changed predicate.Predicate  = desiredStateChanged()
)
