# posix functions: what they say about wrong arguments, bad descriptors and missing files.
import re

def show(f, *a, **k):
    try:
        text = repr(f(*a, **k))
    except BaseException as e:
        text = f"{type(e).__name__} {e}"
    print(f.__name__, re.sub(r" at 0x[0-9a-f]+", "", repr(a) + " " + text))

import os,sys,posix
show(os.pread,'a',1,2);show(os.pread,0,-1,0);show(os.preadv,0,3,0);show(os.preadv,0,[3],0);show(os.preadv,0,[b'a'],0);show(os.preadv,0,[bytearray(2)],'a')
show(os.writev,1,3);show(os.writev,99,[b'a']);show(os.writev,99,['a']);show(os.readv,99,[bytearray(1)]);show(os.readv,99,(x for x in []))
show(os.pwritev,99,[b'a'],0,'a');show(os.pwrite,99,'a',0);show(os.pwrite,99,b'a',0)
show(os.sendfile,99,98,0,1);show(os.sendfile,99,98,None,1);show(os.sendfile,99,98,'a',1);show(os.sendfile,99,98,0,-1);show(os.sendfile,99,98,0,2**70)
show(os.splice,99,98,1);show(os.splice,99,98,-1);show(os.splice,99,98,1,offset_src='a');show(os.splice,99,98,1,offset_src=3,offset_dst=4)
show(os.copy_file_range,99,98,1);show(os.copy_file_range,99,98,-1);show(os.copy_file_range,99,98,1,2,3);show(os.copy_file_range,'a',98,1,2,3)
show(os.memfd_create,3);show(os.memfd_create,'a\0b');show(os.memfd_create,'a',2**20);show(os.eventfd,-1);show(os.eventfd,2**40);show(os.eventfd,'a');show(os.eventfd,3,2**20)
show(os.eventfd_write,99,2**70);show(os.eventfd_write,99,-1);show(os.eventfd_read,99);show(os.eventfd_write,99,'a')
show(os.getrandom,-1);show(os.getrandom,'a');show(os.getrandom,3,2**20)
show(os.getxattr,'/nonexist','user.a');show(os.getxattr,3,4);show(os.getxattr,1.5,'a');show(os.setxattr,'/nonexist','user.a','b');show(os.setxattr,'/nonexist','user.a',b'b',flags=9)
show(os.listxattr,'/nonexist');show(os.listxattr,99);show(os.listxattr,1,follow_symlinks=False);show(os.getxattr,1,'user.a',follow_symlinks=False)
show(os.pathconf,'/nonexist',1);show(os.pathconf,'/','PC_NAME_MAX');show(os.pathconf,'/','x');show(os.pathconf,99,3);show(os.pathconf,'/',2**40)
show(os.confstr,'x');show(os.confstr,9999);show(os.confstr,[]);show(os.sysconf,99999);show(os.sysconf,[])



show(os.mkfifo,'/nonexist/a');show(os.mkfifo,3);show(os.mknod,'/nonexist/a');show(os.mknod,'/nonexist/a',mode='a');show(os.makedev,1,2);show(os.major,258);show(os.minor,258);show(os.makedev,-1,2);show(os.minor,-1);show(os.makedev,'a',2);show(os.major,'a')
show(os.lockf,99,os.F_LOCK,0);show(os.lockf,'a',1,2)
show(os.ttyname,99);show(os.posix_fadvise,99,0,0,0);show(os.posix_fallocate,99,0,10);show(os.pidfd_open,-1);show(os.pidfd_open,'a')
show(os.fchdir,99);show(os.fchdir,'a');show(os.chroot,'/nonexist');show(os.lchown,'/nonexist',0,0);show(os.fchown,99,0,0);show(os.fchown,'a',0,0)
show(os.chown,'/nonexist',-1,-1);show(os.chown,'/nonexist','a',-1);show(os.chown,'/nonexist',0,2**32);show(os.chown,1,0,0,follow_symlinks=False);show(os.chown,1,0,0,dir_fd=3)



show(os.wait3,os.WNOHANG);show(os.wait4,99999999,0);show(os.waitid,os.P_ALL,0,os.WEXITED);show(os.waitid,'a',0,0);show(os.waitid,99,0,os.WEXITED);show(os.wait3,'a')
show(os.posix_spawn,'/bin/true',3,{});show(os.posix_spawn,'/bin/true',[],{});show(os.posix_spawn,'/bin/true',[''],{});show(os.posix_spawn,'/bin/true',['a'],3);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=3);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[3]);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[(9,)]);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[(0,)]);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[()]);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[(1,'a')]);show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[(2,1)]);show(os.posix_spawn,'/bin/true',['a'],{},setsigmask=3);show(os.posix_spawn,'/bin/true',['a'],{},setsigmask=['a']);show(os.posix_spawn,'/bin/true',['a'],{},setsigmask=[999]);show(os.posix_spawn,'/bin/true',['a'],{},scheduler=3);show(os.posix_spawn,'/bin/true',['a'],{},scheduler=(1,2,3));show(os.posix_spawn,'/bin/true',['a'],{},scheduler=(1,2));show(os.posix_spawn,'/bin/true',['a'],{},setpgroup='a');show(os.posix_spawn,'/nonexist',['a'],{});show(os.posix_spawn,'/bin/true',['a'],{'a':3});show(os.posix_spawn,'/bin/true',['a'],{'a=b':'c'});show(os.posix_spawn,'/bin/true',['a'],{'':'c'});show(os.posix_spawn,3,['a'],{});show(os.posix_spawn,'/bin/true',['a\0'],{});show(os.posix_spawn,'/bin/true',['a'],{},resetids='a',setsid='a') ; show(os.posix_spawn,'/bin/true',['a'],{},file_actions=[('a',)])
show(os.execve,'/nonexist',['a'],3);show(os.execve,'/nonexist',[],{});show(os.execve,'/nonexist',[''],{});show(os.execve,'/nonexist',3,{});show(os.execv,'/nonexist',3);show(os.execv,'/nonexist',[]);show(os.execv,'/nonexist',['']);show(os.execv,'/nonexist',['a']);show(os.execv,'/nonexist',[3]);show(os.execve,'/nonexist',['a'],{'a':'b\0'});show(os.execve,'/nonexist',['a'],{3:'b'});show(os.execve,'/nonexist',['a'],{'a=b':'b'});show(os.execve,99,['a'],{});show(os.execv,3,['a'])
show(os.putenv,'a','b\0');show(os.putenv,'a=','b');show(os.putenv,3,'b');show(os.unsetenv,'a=');show(os.unsetenv,'');show(os.unsetenv,'a\0')
show(os.utime,'/nonexist',3);show(os.utime,'/nonexist',(1,2),ns=(1,2));show(os.utime,'/nonexist',ns=3);show(os.utime,'/nonexist',('a',2));show(os.utime,'/nonexist',(2**70,2));show(os.utime,'/nonexist',ns=(2**90,2));show(os.utime,'/nonexist',ns=('a',2));show(os.utime,'/nonexist',(float('nan'),0));show(os.utime,'/nonexist',(1,2,3))
show(os.stat,1,dir_fd=3);show(os.stat,1,follow_symlinks=False);show(os.stat,'a\0b');show(os.stat,3.5);show(os.stat,'/nonexist');show(os.lstat,'/nonexist');show(os.fstat,99);show(os.stat,None);show(os.stat,'a',dir_fd='x');show(os.stat,'/nonexist',dir_fd=2**40)
show(os.access,'/tmp',0,effective_ids=True);show(os.access,'/tmp',0,follow_symlinks=False);show(os.access,3,0);show(os.chmod,'/nonexist',0,follow_symlinks=False);show(os.fchmod,99,0)
show(os.truncate,'/nonexist',0);show(os.truncate,99,0);show(os.ftruncate,99,0);show(os.truncate,'/nonexist','a');show(os.ftruncate,99,2**70);show(os.lseek,99,0,0);show(os.lseek,99,'a',0);show(os.lseek,99,2**70,0)
show(os.link,'/nonexist','/tmp/q');show(os.symlink,'/nonexist','/nonexist/a');show(os.readlink,'/nonexist');show(os.readlink,3);show(os.rename,'/nonexist','b');show(os.replace,'/nonexist',b'b');show(os.rename,3,'a');show(os.link,'a',3);show(os.mkdir,'/tmp');show(os.rmdir,'/nonexist');show(os.unlink,'/nonexist');show(os.remove,3);show(os.listdir,'/nonexist');show(os.listdir,99);show(os.listdir,1.5);show(os.scandir,'/nonexist');show(os.scandir,99);show(os.chdir,'/nonexist');show(os.chdir,99);show(os.open,'/nonexist',0);show(os.open,3,0);show(os.close,99);show(os.read,99,1);show(os.write,99,b'');show(os.write,99,'a');show(os.dup,99);show(os.dup2,99,98);show(os.pipe2,2**20);show(os.isatty,99);show(os.ttyname,1000);show(os.get_inheritable,99);show(os.set_inheritable,99,1);show(os.get_blocking,99);show(os.set_blocking,99,1);show(os.set_blocking,99,'a');show(os.fsync,99);show(os.fsync,'a');show(os.fdatasync,99);show(os.fdatasync,-1)
show(os.waitstatus_to_exitcode,2**40);show(os.waitstatus_to_exitcode,'a');show(os.waitstatus_to_exitcode,0x137f);show(os.strerror,5);show(os.strerror,9999);show(os.getpgid,99999999);show(os.kill,99999999,0); show(os.umask,'a');show(os.register_at_fork);show(os.register_at_fork,before=3);show(os.get_terminal_size,99);show(os.fspath,3);show(os.getpriority,99,0)
