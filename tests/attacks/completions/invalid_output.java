// attack: NUL and bytes that are no UTF-8
// expect: OK
// quick: yes
        System.out.write(0); System.out.write(255); System.out.write(192); System.out.flush();
        return "right";
    }
