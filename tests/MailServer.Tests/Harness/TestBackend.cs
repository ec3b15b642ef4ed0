// What a transcript is played against in this project. AdminPortal.Tests has a class of this name, with the same members.
global using TestBackend = AdminPortal.MailServer.Memory.MemoryMailBackend;
