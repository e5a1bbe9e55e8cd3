// connect-go's health handler on net/http, HTTP/1.1 and h2c: `connect-go SERVICE`. Prints its port and ends with its standard
// input.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"connectrpc.com/grpchealth"
)

func main() {
	mux := http.NewServeMux()
	mux.Handle(grpchealth.NewHandler(grpchealth.NewStaticChecker(os.Args[1])))
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	// Without it each client that goes is a line on the standard error.
	quiet := log.New(io.Discard, "", 0)
	server := http.Server{Handler: mux, Protocols: &protocols, ErrorLog: quiet}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() { log.Fatal(server.Serve(listener)) }()
	io.Copy(io.Discard, os.Stdin)
}
