;; It begins with one page more than it may have.
;; ends: refused
(memory $memory 1025)
