import socket,sys,time
N=int(sys.argv[1])
s=socket.create_connection(('127.0.0.1',7001))
v=bytes((i//1000)%251 for i in range(N))
s.sendall(b'*3\r\n$3\r\nset\r\n$1\r\na\r\n$%d\r\n'%len(v)+v+b'\r\n'); print(s.recv(100))
s.sendall(b'get a\r\nping\r\n')
b=b''
s.settimeout(2)
try:
    while True:
        time.sleep(0.001); d=s.recv(300000)
        if not d: break
        b+=d
except Exception as e: print(e)
exp=b'$%d\r\n'%N+v+b'\r\n+PONG\r\n'
print(len(b),len(exp),b==exp)
for i in range(min(len(b),len(exp))):
    if b[i]!=exp[i]: print('first diff at',i, b[i:i+40], exp[i:i+20]); break
print(b[-40:])
