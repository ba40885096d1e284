// SPDX-License-Identifier: GPL-3.0-or-later

// Command init is process 1 of a lab host, and the pause container of a pod.
//
// With a file name it reads a JSON list of services ({"name", "argv", "log"}),
// starts each of them, appends their output to their logs, and starts a service
// that has ended again one second later, as an ordinary service manager would.
// Without an argument it starts nothing. In both cases it collects the exit
// status of every orphan and ends on SIGTERM or SIGINT.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type service struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Log  string   `json:"log"`
}

func main() {
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 16)
	signal.Notify(children, syscall.SIGCHLD)

	running := map[int]service{}
	due := make(chan service, 64)
	for _, one := range services() {
		start(one, running, due)
	}
	for {
		select {
		case <-ending:
			os.Exit(0)
		case one := <-due:
			start(one, running, due)
		case <-children:
			reap(running, due)
		}
	}
}

func services() []service {
	if len(os.Args) < 2 {
		return nil
	}
	var list []service
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "Cannot read the services %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	return list
}

func start(one service, running map[int]service, due chan<- service) {
	out, err := os.OpenFile(one.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err == nil {
		defer out.Close()
		var pid int
		pid, err = syscall.ForkExec(one.Argv[0], one.Argv, &syscall.ProcAttr{
			Dir:   "/",
			Env:   os.Environ(),
			Files: []uintptr{0, out.Fd(), out.Fd()},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		if err == nil {
			running[pid] = one
			return
		}
	}
	fmt.Fprintf(os.Stderr, "Cannot start %s: %v\n", one.Name, err)
	again(one, due)
}

func reap(running map[int]service, due chan<- service) {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if one, ours := running[pid]; ours {
			delete(running, pid)
			again(one, due)
		}
	}
}

func again(one service, due chan<- service) {
	time.AfterFunc(time.Second, func() { due <- one })
}
