package controller

import (
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

// What Setup wakes a controller by.
var (
	Waker   handler.EventHandler = &waker{}
	Changed predicate.Predicate  = desiredStateChanged()
)
