;; It begins with 4 GiB of memory.
;; ends: refused
(memory $memory 65536)
