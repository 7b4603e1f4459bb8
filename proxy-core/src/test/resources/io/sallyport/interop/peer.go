// A TLS client or server by Go's crypto/tls. Its arguments and output are those of peer.py:
//
//	peer client ADDRESS CA MAX [CERT KEY]   twice: sends a line, tells what was settled and answered
//	peer server CA MAX CERT KEY CLIENTS     answers a line; CLIENTS is require or none
//
// And, which Python's ssl cannot, each way ended by itself:
//
//	peer asker ADDRESS CA MAX [CERT KEY]    sends a line and its end, then tells the hash of all that comes
//	peer returner ADDRESS CA MAX [CERT KEY] reads up to the end, then sends it all back
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
)

var versions = map[string]uint16{
	"1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

func main() {
	var err error
	switch arguments := os.Args[2:]; os.Args[1] {
	case "client":
		err = client(arguments)
	case "server":
		err = server(arguments)
	case "asker":
		err = connected(arguments, askOnce)
	case "returner":
		err = connected(arguments, returnAll)
	}
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func config(ca, greatest string, keyPair []string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: versions[greatest]}
	if greatest == "1.1" {
		config.MinVersion = tls.VersionTLS11
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	if len(keyPair) == 2 {
		own, err := tls.LoadX509KeyPair(keyPair[0], keyPair[1])
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}

func client(arguments []string) error {
	config, err := config(arguments[1], arguments[2], arguments[3:])
	if err != nil {
		return err
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for range [2]int{} {
		if err := ask(arguments[0], config); err != nil {
			return err
		}
	}
	return nil
}

func ask(address string, config *tls.Config) error {
	connection, err := tls.Dial("tcp", address, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("hello\n")); err != nil {
		return err
	}
	answer, err := io.ReadAll(connection) // fails when the end is not told by close_notify
	if err != nil {
		return err
	}
	fmt.Printf("%s answer=%s\n", settled(connection.ConnectionState()), strings.TrimSpace(string(answer)))
	return nil
}

func connected(arguments []string, talk func(*tls.Conn) error) error {
	config, err := config(arguments[1], arguments[2], arguments[3:])
	if err != nil {
		return err
	}
	connection, err := tls.Dial("tcp", arguments[0], config)
	if err != nil {
		return err
	}
	defer connection.Close()
	return talk(connection)
}

func askOnce(connection *tls.Conn) error {
	if _, err := connection.Write([]byte("hello\n")); err != nil {
		return err
	}
	if err := connection.CloseWrite(); err != nil {
		return err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, connection); err != nil {
		return err
	}
	fmt.Printf("%s hash=%x\n", settled(connection.ConnectionState()), hash.Sum(nil))
	return nil
}

func returnAll(connection *tls.Conn) error {
	all, err := io.ReadAll(connection)
	if err != nil {
		return err
	}
	if _, err := connection.Write(all); err != nil {
		return err
	}
	fmt.Println(settled(connection.ConnectionState()))
	return nil
}

func server(arguments []string) error {
	config, err := config(arguments[0], arguments[1], arguments[2:4])
	if err != nil {
		return err
	}
	if arguments[4] == "require" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = config.RootCAs
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return err
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(connection.(*tls.Conn))
	}
}

func answer(connection *tls.Conn) {
	defer connection.Close()
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	state := connection.ConnectionState()
	client := "none"
	if len(state.PeerCertificates) > 0 {
		client = state.PeerCertificates[0].Subject.CommonName
	}
	fmt.Fprintf(connection, "%s client=%s line=%s", settled(state), client, line)
}

func settled(state tls.ConnectionState) string {
	group := "unknown"
	// The field is there from Go 1.25 on.
	if field := reflect.ValueOf(state).FieldByName("CurveID"); field.IsValid() {
		group = fmt.Sprint(field.Uint())
	}
	for name, version := range versions {
		if version == state.Version {
			return fmt.Sprintf("tls=%s resumed=%t group=%s", name, state.DidResume, group)
		}
	}
	return "tls=unknown"
}
